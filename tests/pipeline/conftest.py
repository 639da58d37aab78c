"""Cities that were taken in once a session, whichever worker came first, and copies of them to do with as one likes."""

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from etl import steps
from etl.sample import write_city
from etl.settings import Settings
from etl.warehouse.connect import ensure_database
from tests.conftest import own_database
from tests.pipeline.city import DAY, deliver, digest_tables, files_of, register_files_of, take_in_city
from tests.pipeline.cuts import is_plain_list

HAMLET_PEOPLE, HAMLET_SEED = 600, 5
HAMLET_SENDERS = {"hospital_xml": 3, "district_export": 2, "ward_sheet": 5, "health_check": 1}
"""How many of the senders of each kind deliver, those with most bytes first: each file costs most of a second."""


@dataclass(frozen=True)
class Hamlet:
    """A few senders of a small city; `settings` lead to where their files were taken in, and no book was built yet."""

    city: Path
    files: tuple[Path, ...]
    settings: Settings


@dataclass(frozen=True)
class City:
    """The city that is kept beside the code, delivered and built twice over; digests of all tables after each time."""

    settings: Settings
    first: dict[str, str]
    second: dict[str, str]


def taken_in_once(folder: Path, server_url: str, fill: Callable[[Settings], None]) -> Settings:
    """Settings of a database named as the folder, which `fill` filled once for all workers."""
    folder.mkdir(exist_ok=True)
    settings = Settings(var_dir=folder / "var", database_url=ensure_database(server_url, folder.name), today=DAY)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            steps.prepare(settings)
            fill(settings)
            (folder / "done").touch()
    return settings


def choose_files(city: Path) -> tuple[Path, ...]:
    """The files of the largest senders of each kind, of those who send plain lists where there are any."""

    def rank(sender: Path) -> tuple[bool, int, str]:
        files = list(sender.iterdir())
        return not all(map(is_plain_list, files)), -sum(path.stat().st_size for path in files), sender.name

    chosen = {
        sender for kind, count in HAMLET_SENDERS.items() for sender in sorted((city / kind).iterdir(), key=rank)[:count]
    }
    return tuple(path for path in files_of(city) if path.parent in chosen)


@pytest.fixture(scope="session")
def hamlet(session_folder: Path, server_url: str) -> Hamlet:
    """Its database may only be copied, see `own_hamlet`."""
    folder = session_folder / "hamlet"

    def fill(settings: Settings) -> None:
        write_city(HAMLET_PEOPLE, HAMLET_SEED, folder / "city")
        steps.load_register(settings, register_files_of(folder / "city")[0])
        deliver(settings, choose_files(folder / "city"))

    settings = taken_in_once(folder, server_url, fill)
    return Hamlet(folder / "city", choose_files(folder / "city"), settings)


@pytest.fixture
def own_hamlet(hamlet: Hamlet, server_url: str, tmp_path: Path) -> Iterator[Settings]:
    """A copy of the hamlet: the register's snapshot and the files are in, and no book was built yet."""
    shutil.copytree(hamlet.settings.store_url, tmp_path / "own" / "store")
    shutil.copytree(hamlet.settings.keys_dir, tmp_path / "own" / "keys")
    with own_database(server_url, "hamlet") as url:
        yield Settings(var_dir=tmp_path / "own", database_url=url, today=DAY)


@pytest.fixture
def empty_settings(database_url: str, tmp_path: Path) -> Settings:
    """A migrated warehouse into which nothing came yet."""
    return Settings(var_dir=tmp_path / "empty", database_url=database_url, today=DAY)


@pytest.fixture(scope="session")
def city(session_folder: Path, server_url: str) -> City:
    """Only to be read. The second time every file comes again in full, and the books are built again."""
    folder = session_folder / "sample_city"

    def fill(settings: Settings) -> None:
        digests = []
        for _ in range(2):
            take_in_city(settings)
            digests.append(digest_tables(settings))
        (folder / "digests.json").write_text(json.dumps(digests), encoding="utf-8")

    settings = taken_in_once(folder, server_url, fill)
    first, second = json.loads((folder / "digests.json").read_text(encoding="utf-8"))
    return City(settings, first, second)
