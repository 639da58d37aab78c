"""A second server from a backup and the archive, brought to one moment: for a drill, so it is gone afterwards.

It listens to nothing but a socket in a folder of its own, and touches neither the backup, nor the archive, nor the first server.
"""

import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from etl.errors import DependencyError, HealthbookError
from etl.settings import Settings
from etl.warehouse.backup import DAY_SECONDS, Backups
from etl.warehouse.connect import is_ready, url_by_socket
from etl.warehouse.unprivileged import Account

PREFIX = "hb-drill-"
START_SECONDS = 60
NOT_REACHED = "recovery ended before configured recovery target was reached"

CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
hba_file = '{folder}/pg_hba.conf'
ident_file = '{folder}/pg_ident.conf'
timezone = 'UTC'
log_timezone = 'UTC'
shared_buffers = '128MB'
max_wal_size = '2GB'
max_parallel_workers_per_gather = 0
jit = off
# It lives for minutes, and must never write into the archive that it reads.
fsync = off
archive_mode = off
hot_standby = off
restore_command = '{restore}'
recovery_target_name = '{mark}'
recovery_target_action = promote
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


@dataclass(frozen=True)
class Restored:
    """Where the restored database answers, and how long it took: `restore` of the files, `recovery` to the moment."""

    url: str
    seconds: dict[str, float]


@contextmanager
def restored(settings: Settings, backups: Backups, source_url: str, backup: str, mark: str) -> Iterator[Restored]:
    """The database of `source_url` as it was at a mark, for as long as the block lasts; one drill at a time.

    Raises HealthbookError where the mark is not reached, or the programs at hand are of another version.
    """
    assert backups.archive is not None
    place = settings.var_dir.absolute() / "drill"
    with tempfile.TemporaryDirectory(prefix=PREFIX) as short:
        # A socket's path may have 107 bytes, so it has a short one; the server's account passes to its own folder.
        Path(short).chmod(0o711)
        socket, folder = Path(short) / "socket", place / Path(short).name
        account = backups.account(place, folder, socket)
        for dead in place.glob(f"{PREFIX}*"):
            if dead != folder:  # its drill was killed
                _end(backups, account, dead)
        try:
            began = time.monotonic()
            _copy(backups, account, backup, folder)
            copied = time.monotonic()
            _configure(folder, socket, backups.archive, mark)
            url = url_by_socket(source_url, socket)
            _start(backups, account, folder)
            _await_recovered(url, folder, mark)
            seconds = {"restore": round(copied - began, 2), "recovery": round(time.monotonic() - copied, 2)}
            yield Restored(url, seconds)
        finally:
            _end(backups, account, folder)


def _copy(backups: Backups, account: Account, backup: str, folder: Path) -> None:
    """The backup's files, as the account's own."""
    done = account.run(["cp", "-a", backups.base / backup, folder / "data"], DAY_SECONDS, is_told=True)
    if done.returncode != 0:
        raise DependencyError(
            f"restore: the backup could not be copied to {folder.parent} (cp ended with {done.returncode}); expected "
            "space for all of it. Free some and run it again."
        )


def _configure(folder: Path, socket: Path, archive: Path, mark: str) -> None:
    """A configuration of its own: that of an operator's server may lie elsewhere, and would name its ports and archive."""
    restore = f"cp {shlex.quote(str(archive)).replace('%', '%%')}/%f %p"
    values = {"folder": folder, "socket": socket, "restore": restore, "mark": mark}
    quoted = {name: str(value).replace("'", "''") for name, value in values.items()}
    texts = {
        "postgresql.conf": CONFIGURATION.format(**quoted),
        "pg_hba.conf": "local all all trust\n",
        "pg_ident.conf": "",
        "data/postgresql.auto.conf": "",
        "data/recovery.signal": "",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o644)  # in a folder that is the account's alone


def _start(backups: Backups, account: Account, folder: Path) -> None:
    options = f"-c {shlex.quote(f'config_file={folder}/postgresql.conf')}"
    command: list[str | Path] = ["start", "-D", folder / "data", "-l", folder / "log", "-W", "-o", options]
    account.run([backups.program("pg_ctl"), *command])


def _await_recovered(url: str, folder: Path, mark: str) -> None:
    """Wait until it has replayed the log up to the mark: only then it answers. It ends where the log does not get there."""
    began = time.monotonic()
    while not is_ready(url):
        seconds = time.monotonic() - began
        is_running = (folder / "data" / "postmaster.pid").exists() and seconds < DAY_SECONDS
        if not is_running and (_fatal(folder) or seconds > START_SECONDS):
            raise HealthbookError(_why_not(folder, mark))
        time.sleep(0.1)


def _why_not(folder: Path, mark: str) -> str:
    told = _fatal(folder) or "it said nothing"
    if NOT_REACHED in told:
        return (
            f"restore: the archive does not reach to {mark}; expected the log without a gap from the backup on. "
            "Make a new backup, and look where the gap comes from."
        )
    return f"restore: the second server did not start ({told}); expected it to. Mend what it names and run it again."


def _fatal(folder: Path) -> str:
    """Why the server ended, by its log; the answer to us who knock too early is none."""
    log = (folder / "log").read_text(encoding="utf-8", errors="replace") if (folder / "log").exists() else ""
    told = [line.split("FATAL:")[-1].strip() for line in log.splitlines() if "FATAL:" in line]
    return next((line for line in reversed(told) if not line.startswith("the database system is")), "")


def _end(backups: Backups, account: Account, folder: Path) -> None:
    """End the server of a folder, where it runs, and remove all of it."""
    if (folder / "data" / "postmaster.pid").exists():
        account.run([backups.program("pg_ctl"), "stop", "-D", folder / "data", "-m", "immediate", "-w"])
    shutil.rmtree(folder, ignore_errors=True)
