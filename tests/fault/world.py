"""A small city in an embedded server of its own, and two stories in it that faults may cut off at any point."""

import os
import re
import shutil
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg2

from etl import steps
from etl.contracts import WAREHOUSE_TABLES
from etl.sample import write_city
from etl.settings import Settings
from etl.steps import book_building
from etl.warehouse import connect as connecting
from etl.warehouse import publish
from etl.warehouse.connect import ensure_database, url_of_database
from etl.warehouse.embedded import EmbeddedServer
from tests.fault.points import Points
from tests.pipeline.city import DAY, TIMES, build, files_of, register_files_of

PEOPLE, SEED = 300, 11
SENDERS = {"hospital_xml": 1, "ward_sheet": 2, "district_export": 1}
STORIES = ("first", "day")
"""The first books of all, by exchange of partitions; a day: a register delta, a file, and the books touched, in place."""
UNLIKE = {*TIMES, "link_id", "event_id", "task_id", "lineage_digest", "input_digest", "sha256"}
"""Columns that hold the clock, count what was rolled back too, or are digests over such numbers."""
NUMBERED = tuple(
    {name} | {field.name for table in WAREHOUSE_TABLES for field in table if field.references == f"{owner}.{name}"}
    for owner, name in (("run", "run_id"), ("batch", "batch_id"))
)
"""Columns that hold the number of a run, of a batch: a fault may use one up."""


@dataclass
class World:
    """Where everything lies; `templates` are databases and stores that each case copies."""

    folder: Path

    def __post_init__(self) -> None:
        self.server = EmbeddedServer(self.folder / "postgres")
        self.city = self.folder / "city"

    def start(self) -> None:
        """Start the server where it does not run: at first, and after it was killed."""
        with self.server.locked():
            self.server.start(is_durable=True)

    def settings(self, name: str) -> Settings:
        """Of the database and the store of a name."""
        url = url_of_database(self.server.url("postgres"), name)
        return Settings(var_dir=self.folder / name, database_url=url, today=DAY, threads=2)

    def prepare(self) -> None:
        """Invent the city, and take in what each story begins with."""
        self.start()
        # Processes are killed here, never the machine: what PostgreSQL gave to the system stays, synced or not.
        self._run_alone("alter system set fsync = off")
        self._run_alone("select pg_reload_conf()")
        for name in STORIES:
            ensure_database(self.server.url("postgres"), name)
        code = in_child(lambda: self._fill())
        assert code == 0, "the city could not be taken in"

    def _fill(self) -> None:
        write_city(PEOPLE, SEED, self.city)
        first = self.settings("first")
        steps.prepare(first)
        steps.load_register(first, register_files_of(self.city)[0])
        for path in self.files()[:-1]:
            steps.receive(first, path, path.parent.name)
        steps.link(first)  # the day's story walks through it
        self.remove("day")
        self.copy("first", "day")
        build(self.settings("day"))

    def files(self) -> list[Path]:
        """The files that are delivered, the smallest last."""
        chosen = [
            path
            for kind, count in SENDERS.items()
            for path in sorted(files_of(self.city), key=lambda path: (path.stat().st_size, path.name))
            if path.parent.parent.name == kind
        ]
        by_kind = {
            kind: [path for path in chosen if path.parent.parent.name == kind][-count:]
            for kind, count in SENDERS.items()
        }
        return sorted((path for paths in by_kind.values() for path in paths), key=lambda path: -path.stat().st_size)

    def copy(self, template: str, name: str) -> Settings:
        """A database and a store as a template's."""
        self._run_alone(f"create database {name} template {template} strategy file_copy")
        if (self.folder / template).exists():
            shutil.copytree(self.folder / template, self.folder / name, dirs_exist_ok=True)
        return self.settings(name)

    def remove(self, name: str) -> None:
        """Drop a copy."""
        self._run_alone(f"drop database if exists {name} with (force)")
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def _run_alone(self, statement: str) -> None:
        connection = psycopg2.connect(connecting._dsn(self.server.url("postgres")))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    def tell(self, story: str, settings: Settings, points: Points | None = None) -> None:
        """All steps of a story, each safe to be run again."""

        def say(step: str) -> None:
            if points is not None:
                points.step = step

        if story == "first":
            book_building.PARTED_RECORDS = publish.EXCHANGED_BOOKS = 0
            publish.EXCHANGED_SHARE = 0.0
        else:
            say("register")
            steps.load_register(settings, register_files_of(self.city)[1])
            say("receive")
            path = self.files()[-1]
            steps.receive(settings, path, path.parent.name)
        say("link")
        run_id = steps.link(settings)
        for step in (steps.merge, steps.publish, steps.check_warehouse, steps.score):
            say(step.__name__)
            step(settings, run_id)

    def digests(self, name: str) -> dict[str, str]:
        """Per table its number of rows and a digest over all rows, numbers of runs and batches being places in their order."""
        connection = psycopg2.connect(connecting._dsn(self.settings(name).database_url or ""))
        with connection, connection.cursor() as cursor:
            ranks = [_ranks(cursor, "run_id", "identity.run"), _ranks(cursor, "batch_id", "intake.batch")]
            found = {}
            for table in WAREHOUSE_TABLES:
                cursor.execute(f"select to_jsonb(t) - %s::text[] from {table.qualified_name} t", (sorted(UNLIKE),))
                rows = sorted(str(sorted(_renumbered(row, ranks).items())) for (row,) in cursor.fetchall())
                found[table.name] = f"{len(rows)} rows {sha256(chr(10).join(rows).encode()).hexdigest()[:16]}"
        connection.close()
        return found


def _ranks(cursor: Any, column: str, table: str) -> dict[int, int]:
    cursor.execute(f"select {column} from {table} order by 1")
    return {number: place for place, (number,) in enumerate(cursor.fetchall(), 1)}


def _renumbered(row: dict[str, Any], ranks: list[dict[int, int]]) -> dict[str, Any]:
    for names, places in zip(NUMBERED, ranks, strict=True):
        for name in names & row.keys():
            row[name] = places.get(row[name], row[name])
    subject = row.get("subject")
    if isinstance(subject, str) and (found := re.fullmatch(r"(run|batch) (\d+)", subject)):
        places = ranks[0] if found[1] == "run" else ranks[1]
        row["subject"] = f"{found[1]} {places.get(int(found[2]), found[2])}"
    return row


def in_child(work: Callable[[], object], log: Path | None = None) -> int:
    """Do something in a process of its own, and wait; its exit code, negative where a signal ended it."""
    return wait_for(start_child(work, log))


def start_child(work: Callable[[], object], log: Path | None = None) -> int:
    """Fork: what was imported here, and takes seconds to import, is there at once."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        if log is not None:
            descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
        work()
        code = 0
    except BaseException:
        with suppress(OSError):  # the disk may be full
            traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def wait_for(pid: int) -> int:
    """Until a child has ended."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
