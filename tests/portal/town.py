"""A town of invented people with its portal: `python -m tests.portal.town FOLDER PORT` serves it until Ctrl-C.

The village of the review (twins, namesakes, a newcomer), a list with faults, a hospital's file, books, scores and a report.
"""

import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import httpx

from etl import steps
from etl.orchestration.session import find_free_port
from etl.settings import PROJECT_DIR, Settings
from etl.warehouse.access import CITY, Scope
from etl.warehouse.connect import connect
from etl.warehouse.embedded import ensure_running, stop
from portal.invented import Invented, make_accounts
from portal.serve import PORTAL, running_portal
from tests.pipeline.city import DAY, build
from tests.review import village

WARD, OTHER_WARD = "00004", "00008"
SENDER, OTHER_SENDER = f"PX{WARD}", f"PX{OTHER_WARD}"
FAULTY = """STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Địa chỉ,Cập nhật ngày
1,Trần Thị Mẫu,05/03/1985,Nữ,,Số 7 phố Huế,01/09/2026
2,,05/03/1985,Nữ,,Số 7 phố Huế,01/09/2026
3,Ngô Văn Thử,05/03/2085,Nam,,Số 8 phố Huế,01/09/2026
4,Bùi Thị Ví Dụ,31/02/1970,Nữ,,Số 9 phố Huế,01/09/2026
5,Đỗ Văn Thử,01/01/1999,Nam,001099000099,Số 9 phố Huế,01/09/2026
"""
"""Of five rows some can be taken, others must be mended."""
ROLES = {
    "officer": (("officer", Scope(wards=(WARD,))),),
    "other_officer": (("officer", Scope(wards=(OTHER_WARD,))),),
    "steward": (("steward", CITY),),
    "second_steward": (("steward", CITY),),
    "manager": (("manager", CITY),),
    "manager_steward": (("manager", CITY), ("steward", CITY)),
    "manager_reader": (("manager", CITY), ("reader", Scope(wards=(OTHER_WARD,)))),
    "reader": (("reader", Scope(wards=(WARD,))),),
    "other_reader": (("reader", Scope(wards=(OTHER_WARD,))),),
    "engineer": (("engineer", CITY),),
    "auditor": (("auditor", CITY),),
    "nobody": (),
}
"""Accounts by what they are for, with their roles."""


def fill(settings: Settings, folder: Path) -> None:
    """Everything that pages show."""
    village.fill(settings, folder)
    (folder / "faulty.csv").write_text(FAULTY, encoding="utf-8")
    steps.receive(settings, folder / "faulty.csv", SENDER)
    build(settings)
    steps.report(settings.model_copy(update={"today": DAY - timedelta(days=1)}))  # the last of a month that is over
    steps.report(settings)


@contextmanager
def passing() -> Iterator[tuple[Settings, Path]]:
    """A filled database of its own and a folder, which are gone with the block."""
    with tempfile.TemporaryDirectory(prefix="town-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        settings = settings_of(folder, None, find_free_port("127.0.0.1"))
        steps.prepare(settings)
        try:
            fill(settings, folder)
            yield settings.model_copy(update={"database_url": steps.warehouse_url(settings)}), folder
        finally:
            stop(settings)


@dataclass
class Town:
    """The portal over a filled database; passwords by what an account is for."""

    settings: Settings
    base_url: str
    prefix: str
    passwords: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def account(self, role: str) -> str:
        """The account's name."""
        return f"{self.prefix}{role}"

    def client(self, role: str | None = None) -> httpx.Client:
        """A browser of sorts, signed in; `token` of it is what forms bring."""
        client = httpx.Client(base_url=self.base_url, follow_redirects=True, timeout=60, trust_env=False)
        page = client.get("/sign-in")
        if role is not None:
            brought = {"csrf": token_of(page), "user_name": self.account(role), "password": self.passwords[role]}
            page = client.post("/sign-in", data=brought)
            assert page.status_code == 200, page.status_code
        client.headers["x-csrf-token"] = token_of(page)
        return client


def token_of(page: httpx.Response) -> str:
    """What the page's forms bring along."""
    found = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert found is not None
    return found.group(1)


def settings_of(folder: Path, database_url: str | None, port: int, today: date = DAY) -> Settings:
    """Of a town in a folder."""
    return Settings(var_dir=folder / "var", database_url=database_url, portal_port=port, today=today)


@contextmanager
def running(settings: Settings, prefix: str | None = None, parts: tuple[str, ...] = PORTAL) -> Iterator[Town]:
    """The town's portal, with accounts of its own, for as long as the block lasts."""
    prefix = prefix or f"t{secrets.token_hex(4)}_"
    invented = tuple(Invented(f"{prefix}{name}", f"{name} (invented)", roles) for name, roles in ROLES.items())
    made = make_accounts(settings, invented)
    passwords = {name: made[f"{prefix}{name}"] for name in ROLES}
    url = ensure_running(settings)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HEALTHBOOK_")},
        "HEALTHBOOK_VAR_DIR": str(settings.var_dir),
        "HEALTHBOOK_DATABASE_URL": url,
        "HEALTHBOOK_PORTAL_PORT": str(settings.portal_port),
        "HEALTHBOOK_AIRFLOW_PORT": str(settings.airflow_port),
        "HEALTHBOOK_TODAY": str(settings.today or ""),
        "PYTHONPATH": str(PROJECT_DIR),
    }
    if settings.oidc_issuer and settings.oidc_client_secret:
        environment |= {
            "HEALTHBOOK_OIDC_ISSUER": settings.oidc_issuer,
            "HEALTHBOOK_OIDC_CLIENT_ID": settings.oidc_client_id or "",
            "HEALTHBOOK_OIDC_CLIENT_SECRET": settings.oidc_client_secret.get_secret_value(),
        }
    town = Town(settings, f"http://127.0.0.1:{settings.portal_port}", prefix, passwords)
    try:
        with running_portal(settings, parts, environment) as town.processes:
            yield town
    finally:
        _drop_roles(url, [f"{prefix}{name}" for name in ROLES])


def _drop_roles(url: str, names: list[str]) -> None:
    """Roles are the server's, not the database's."""
    with connect(url) as connection, connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"drop owned by {name}; drop role {name}")


def main() -> None:
    """Fill the folder where it is new, and serve it."""
    folder, port = Path(sys.argv[1]).absolute(), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    settings = settings_of(folder, None, port)
    if not (folder / "done").exists():
        steps.prepare(settings)
        fill(settings, folder)
        (folder / "done").touch()
    steps.prepare(settings)
    with running(settings, "t_") as town:
        print(f"{town.base_url}")
        for name, password in town.passwords.items():
            print(f"  {town.account(name)} {password}", flush=True)
        (folder / "passwords").write_text("".join(f"{name} {one}\n" for name, one in town.passwords.items()))
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
