"""Run a program as an ordinary account, since PostgreSQL refuses to run as root.

No folder's permissions are widened. Where the account cannot walk down to its folder or program (a project below
/root, say) the program is given one Linux capability instead: to pass through folders, and if that does not do,
to pass file permissions. It is held by that process alone and ends with it.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from etl.errors import DependencyError

ACCOUNT_NAME = "healthbook-db"
CAPABILITIES = ("", "dac_read_search", "dac_override")
"""Tried in turn: none; walk and read; also execute and write (all that an ordinary container grants root)."""


@dataclass(frozen=True)
class Account:
    """Whom a program runs as; `prefix` is the command before the program's own."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def run(
        self,
        command: Sequence[str | Path],
        seconds: float = 120,
        environment: Mapping[str, str] = MappingProxyType({}),
        is_told: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, cut off from our terminal, files and environment, but for `environment`.

        What it prints goes nowhere: a server would inherit a pipe for it and keep the reader waiting for ever. Of a
        program that starts none, `is_told` keeps the errors in `stderr`.
        """
        return subprocess.run(
            [*self.prefix, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if is_told else subprocess.DEVNULL,
            timeout=seconds,
            check=False,
            start_new_session=True,
            text=True,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", **environment},
        )


def account_for(folder: Path, program: Path, also: Sequence[Path] = ()) -> Account:
    """The account that can use `folder` (made and given to it here, mode 700) and run `program`.

    Ourselves, or where we are root an account of its own, made with `useradd` at the first start ("nobody" where
    that is not possible). The folders `also` are made and given to the same account. Raises `DependencyError` where it
    cannot reach a folder or the program.
    """
    folders = (folder, *also)
    for one in folders:
        one.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if folder.stat().st_uid == 0:
        entry = _own_entry()
        _give(folder, entry.pw_uid, entry.pw_gid)
    owner = folder.stat()
    for one in also:
        if one.stat().st_uid == 0:
            _give(one, owner.st_uid, owner.st_gid)
    for capability in CAPABILITIES:
        account = Account(owner.st_uid, owner.st_gid, _prefix(owner.st_uid, owner.st_gid, capability))
        if all(_reaches(account, one, program) for one in folders):
            return account
    raise DependencyError(
        f"embedded database: account {owner.st_uid} cannot reach {' or '.join(map(str, folders))} or {program}; expected folders that others "
        "may pass through, or a root that may grant dac_read_search. Run as an ordinary user, move the project, "
        "or set HEALTHBOOK_DATABASE_URL."
    )


def _give(folder: Path, uid: int, gid: int) -> None:
    os.chown(folder, uid, gid)
    folder.chmod(0o700)


def _own_entry() -> pwd.struct_passwd:
    """The server's own account, so that no other service's files and ours are one account's."""
    try:
        return pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT_NAME]
        if shutil.which("useradd"):
            subprocess.run(command, check=False, capture_output=True)
    try:
        return pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        return pwd.getpwnam("nobody")


def _prefix(uid: int, gid: int, capability: str) -> tuple[str, ...]:
    kept = f"-all,+{capability}" if capability else "-all"
    return (
        "setpriv",
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--no-new-privs",
        f"--inh-caps={kept}",
        f"--ambient-caps={kept}",
        f"--bounding-set={kept}",
    )


def _reaches(account: Account, folder: Path, program: Path) -> bool:
    """Whether the account can in fact enter the folder and run the program, whatever rules decide it."""
    try:
        return account.run(["sh", "-c", 'cd "$0" && "$1" --version', folder, program], 20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
