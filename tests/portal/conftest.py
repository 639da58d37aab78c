"""The town, filled once a session; its portal, started once a module, over a copy of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from etl.orchestration.session import find_free_port
from etl.settings import Settings
from tests.conftest import own_database
from tests.pipeline.conftest import taken_in_once
from tests.portal.town import Town, fill, running, settings_of

expect.set_options(timeout=30_000)  # a busy machine is no failure


@pytest.fixture(scope="session")
def filled_town(session_folder: Path, server_url: str) -> Settings:
    """Its database may only be copied."""
    folder = session_folder / "town"
    return taken_in_once(folder, server_url, lambda settings: fill(settings, folder))


@pytest.fixture(scope="module")
def town(filled_town: Settings, server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town of the module's own, with pages and worker."""
    folder = tmp_path_factory.mktemp("town")
    for name in ("store", "keys"):
        shutil.copytree(filled_town.var_dir / name, folder / "var" / name)
    with (
        own_database(server_url, "town") as url,
        running(settings_of(folder, url, find_free_port("127.0.0.1"))) as opened,
    ):
        yield opened


class Doors:
    """Clients of a town by role: the one that is signed in already, or one signed in anew."""

    def __init__(self, town: Town) -> None:
        self._town, self._known, self._all = town, dict[str | None, httpx.Client](), list[httpx.Client]()

    def __call__(self, role: str | None = None) -> httpx.Client:
        """The client of a role; the same one each time."""
        if role not in self._known:
            self._known[role] = self.new(role)
        return self._known[role]

    def new(self, role: str | None = None) -> httpx.Client:
        """A client with a session of its own."""
        self._all.append(self._town.client(role))
        return self._all[-1]

    def close(self) -> None:
        for client in self._all:
            client.close()


@pytest.fixture(scope="module")
def enter(town: Town) -> Iterator[Doors]:
    """Signs in to the module's town."""
    doors = Doors(town)
    yield doors
    doors.close()
