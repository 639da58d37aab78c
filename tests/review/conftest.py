"""The village, taken in and built once a session, and copies of it to rule in as one likes."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.settings import Settings
from tests.conftest import own_database
from tests.pipeline.city import DAY
from tests.pipeline.conftest import taken_in_once
from tests.review import village


@pytest.fixture(scope="session")
def built_village(session_folder: Path, server_url: str) -> Settings:
    """Its database may only be copied, see `settings`."""
    folder = session_folder / "village"
    return taken_in_once(folder, server_url, lambda settings: village.fill(settings, folder))


@pytest.fixture
def settings(built_village: Settings, server_url: str, tmp_path: Path) -> Iterator[Settings]:
    """A village of one's own, whose books were built once."""
    shutil.copytree(built_village.store_url, tmp_path / "own" / "store")
    shutil.copytree(built_village.keys_dir, tmp_path / "own" / "keys")
    with own_database(server_url, "village") as url:
        yield Settings(var_dir=tmp_path / "own", database_url=url, today=DAY)
