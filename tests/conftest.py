"""Databases for tests: one embedded server a session, shared by all workers, and a fresh database for whoever asks."""

import fcntl
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest

from etl.settings import Settings
from etl.warehouse.connect import ensure_database, open_connection, url_of_database
from etl.warehouse.embedded import ensure_running, stop
from etl.warehouse.migrate import migrate
from etl.warehouse.sealing import Seals
from etl.warehouse.store import Store

hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")  # a busy machine is no failure: speed is measured elsewhere

FOLDER: pytest.StashKey[Path] = pytest.StashKey()
TEMPLATE = "migrated"


class _Workers:
    """Tells the workers of pytest-xdist where the session's server lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pytest_configure_node(self, node: object) -> None:
        node.workerinput["server_folder"] = str(self.folder)  # type: ignore[attr-defined]  # xdist's own


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        config.stash[FOLDER] = Path(config.workerinput["server_folder"])
        return
    folder = Path(tempfile.mkdtemp(prefix="healthbook-tests-"))
    folder.chmod(0o711)  # the account that runs the server must pass
    config.stash[FOLDER] = folder
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_Workers(folder))


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or FOLDER not in config.stash:
        return
    folder = config.stash[FOLDER]
    stop(_settings(folder))
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """The address of the session's server; it holds an empty database and a migrated one to copy."""
    folder = request.config.stash[FOLDER]
    url = ensure_running(_settings(folder), is_durable=False)
    with (folder / "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "template.done").exists():
            migrate(ensure_database(url, TEMPLATE))
            (folder / "template.done").touch()
    return url


@pytest.fixture(scope="session")
def session_folder(request: pytest.FixtureRequest) -> Path:
    """A folder that all workers of the session share; it is removed at the end."""
    return request.config.stash[FOLDER]


@pytest.fixture(scope="session")
def seals(tmp_path_factory: pytest.TempPathFactory) -> Seals:
    """What seals and opens, by keys of the session's own."""
    return Store(Settings(var_dir=tmp_path_factory.mktemp("keys"))).seals


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """A database of one's own with nothing in it."""
    with own_database(server_url, "template1") as url:
        yield url


@pytest.fixture
def database_url(server_url: str) -> Iterator[str]:
    """A migrated database of one's own."""
    with own_database(server_url, TEMPLATE) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(server_url: str) -> Iterator[str]:
    """A migrated database that the tests of one module share."""
    with own_database(server_url, TEMPLATE) as url:
        yield url


@contextmanager
def own_database(server_url: str, template: str) -> Iterator[str]:
    """A copy of another database of the server, gone at the end; nobody may be connected to the other one meanwhile."""
    name = f"test_{uuid.uuid4().hex}"
    _run_alone(server_url, f"create database {name} template {template}")
    try:
        yield url_of_database(server_url, name)
    finally:
        _run_alone(server_url, f"drop database {name} with (force)")


def _run_alone(url: str, statement: str) -> None:
    """Run what PostgreSQL refuses inside a transaction."""
    connection = open_connection(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def _settings(folder: Path) -> Settings:
    return Settings(var_dir=folder, database_url=None)
