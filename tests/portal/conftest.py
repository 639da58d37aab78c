"""The town, filled once a session; its portal, started once a module, over a copy of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.orchestration.session import find_free_port
from etl.settings import Settings
from tests.conftest import own_database
from tests.pipeline.conftest import taken_in_once
from tests.portal.town import Town, fill, running, settings_of


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
