"""Where a fault may strike: every statement, COPY and commit, every file and folder that is made, renamed or removed.

In a process of its own each such point is counted; at a chosen one the fault comes.
"""

import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl.engines.local import LocalEngine
from etl.warehouse import connect as connecting
from etl.warehouse.connect import url_of_database

FILE_EVENTS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir"}
KINDS = ("kill", "backend", "server", "disk", "two")


class Points:
    """Counts points in this process from now on, and lets `fault` happen at the number `at`."""

    def __init__(self, folder: Path, at: int | None = None, fault: Callable[[], None] = lambda: None) -> None:
        self._folder, self._at, self._fault = str(folder), at, fault
        self._lock, self._is_inside = threading.Lock(), threading.local()
        self.step, self.labels = "", list[str]()

    def reach(self, label: str) -> None:
        """A point of this name is here."""
        if getattr(self._is_inside, "now", False):
            return  # the fault itself connects and opens files
        with self._lock:
            self.labels.append(f"{self.step} {label}")
            is_chosen = len(self.labels) - 1 == self._at
        if is_chosen:
            self._is_inside.now = True
            self._fault()
            self._is_inside.now = False

    def watch(self) -> None:
        """Make all writes of this process points."""
        points, connect = self, psycopg2.connect

        class CountingCursor(Cursor):
            def execute(self, query: Any, values: Any = None) -> None:
                points.reach(f"execute {_words(query)}")
                super().execute(query, values)

            def copy_expert(self, query: Any, *rest: Any) -> None:
                points.reach("before copy")
                super().copy_expert(query, *rest)
                points.reach("after copy")

        class CountingConnection(Connection):
            def commit(self) -> None:
                points.reach("before commit")
                super().commit()
                points.reach("after commit")

        def connect_counting(*arguments: Any, **named: Any) -> Any:
            return connect(*arguments, connection_factory=CountingConnection, cursor_factory=CountingCursor, **named)

        connecting.psycopg2.connect = connect_counting
        for name in ("write_parquet", "scatter"):
            setattr(LocalEngine, name, _counted(points, name, getattr(LocalEngine, name)))
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Python's own report of a file that is opened, renamed or removed."""
        if event == "open":
            path, _, flags = arguments
            if not isinstance(flags, int) or not flags & (os.O_WRONLY | os.O_RDWR):
                return
        elif event in FILE_EVENTS:
            path = arguments[0]
        else:
            return
        if isinstance(path, str | bytes | os.PathLike) and os.fsdecode(path).startswith(self._folder):
            self.reach(f"{event} {Path(os.fsdecode(path)).suffix or 'folder'}")


def _words(query: Any) -> str:
    """The first words of a statement, which tell what it does to what, without numbers."""
    text = query if isinstance(query, str) else str(query)
    return " ".join("".join(letter for letter in text if not letter.isdigit()).split()[:4])[:60]


def _counted(points: Points, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*arguments: Any) -> Any:
        points.reach(f"before {name}")
        result = method(*arguments)
        points.reach(f"after {name}")
        return result

    return counted


def fault_of(kind: str, url: str, server_pid: int, meet: Callable[[], None]) -> Callable[[], None]:
    """What happens at the chosen point; `meet` starts a second build and returns once it runs."""
    return {
        "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "backend": lambda: _end_backends(url),
        "server": lambda: _kill_server(server_pid),
        "disk": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY)),
        "two": meet,
    }[kind]


def _end_backends(url: str) -> None:
    """As an administrator would, or a network that breaks."""
    connection = Connection(connecting._dsn(url_of_database(url, "postgres")))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s",
            (url.rsplit("/", 1)[1],),
        )
    connection.close()


def _kill_server(pid: int) -> None:
    """All its processes at once: nothing is written any more that was not written yet."""
    server = psutil.Process(pid)
    for process in (server, *server.children()):
        process.kill()
    psutil.wait_procs([server], timeout=10)
