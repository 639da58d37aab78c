"""The embedded server: one for all, for root and others, through crashes, and no folder opened to anyone."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from etl.errors import DependencyError, HealthbookError
from etl.settings import PROJECT_DIR, Settings
from etl.warehouse.connect import connect
from etl.warehouse.embedded import EmbeddedServer, ensure_running, stop

START = """
import sys, os
from pathlib import Path
from etl.settings import Settings
from etl.warehouse.embedded import ensure_running
print(ensure_running(Settings(var_dir=Path(sys.argv[1])), is_durable=False), flush=True)
os._exit(1)
"""


def start_elsewhere(folder: Path, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start the server from a process that then ends without tidying up."""
    command = [*before, sys.executable, "-c", START, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT_DIR)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    folder = tmp_path / ("deep" * 20) / "văn bản" / "var"
    chosen = Settings(var_dir=folder)
    yield chosen
    stop(chosen)


def test_starters_at_once_get_one_server_which_outlives_them(settings: Settings) -> None:
    starters = [start_elsewhere(settings.var_dir) for _ in range(3)]
    urls = {starter.communicate(timeout=120)[0].strip() for starter in starters}
    assert urls == {ensure_running(settings, is_durable=False)}
    with connect(urls.pop()) as connection, connection.cursor() as cursor:
        cursor.execute("select current_setting('listen_addresses'), current_setting('unix_socket_directories')")
        assert cursor.fetchone() == ("127.0.0.1", "")


def test_a_killed_server_comes_back_with_its_data(settings: Settings) -> None:
    url = ensure_running(settings)
    with connect(url) as connection:
        connection.cursor().execute("create table kept as select 1 as a")
    pid = EmbeddedServer(settings.var_dir / "postgres").pid()
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
    assert ensure_running(settings) == url
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("select a from kept")
        assert cursor.fetchone() == (1,)


def test_a_pid_that_is_another_programs_is_not_taken_for_the_server(settings: Settings) -> None:
    url = ensure_running(settings, is_durable=False)
    server = EmbeddedServer(settings.var_dir / "postgres")
    lines = (server.data / "postmaster.pid").read_text().splitlines()
    assert stop(settings)
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert server.pid() is None
    assert not stop(settings)
    assert ensure_running(settings, is_durable=False) == url
    assert server.pid() != os.getpid()


def test_secrets_and_data_are_private_and_folders_above_unchanged(settings: Settings) -> None:
    settings.var_dir.mkdir(parents=True)
    above = [settings.var_dir, *settings.var_dir.parents]
    before = [stat.S_IMODE(folder.stat().st_mode) for folder in above]
    ensure_running(settings, is_durable=False)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in above] == before
    folder = settings.var_dir / "postgres"
    modes = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in ("password", "server", "server/data")}
    assert modes == {"password": 0o600, "server": 0o700, "server/data": 0o700}
    assert not (folder / "server" / "draft.password").exists()


def test_values_do_not_reach_the_log(settings: Settings) -> None:
    url = ensure_running(settings, is_durable=False)
    with pytest.raises(HealthbookError, match="UniqueViolation"), connect(url) as connection:
        connection.cursor().execute("create table t (a text unique); insert into t values ('Bí mật'), ('Bí mật')")
    log = (settings.var_dir / "postgres/server/log").read_text()
    assert "duplicate key" in log
    assert "Bí mật" not in log


def test_nothing_is_started_where_a_server_is_named(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path / "var", database_url="postgresql://u:p@db.example/x")
    assert ensure_running(settings, is_durable=False) == "postgresql+psycopg2://u:p@db.example/x?sslmode=verify-full"
    assert not stop(settings)
    assert not settings.var_dir.exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(DependencyError, match="cannot be written"):
        ensure_running(Settings(var_dir=tmp_path / "var"))


@pytest.fixture
def nobody_folder() -> Iterator[Path]:
    """A folder of the account `nobody`, in a place that it can reach."""
    folder = Path(tempfile.mkdtemp(prefix="healthbook-nobody-"))
    user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can act as another user")
def test_an_ordinary_user_can_start_it_and_root_can_use_it(nobody_folder: Path) -> None:
    user = pwd.getpwnam("nobody")
    settings = Settings(var_dir=nobody_folder / "var")
    # The interpreter may lie where only root can walk.
    as_nobody = [
        "setpriv",
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        "--inh-caps=-all,+dac_read_search",
        "--ambient-caps=-all,+dac_read_search",
    ]
    try:
        out, err = start_elsewhere(settings.var_dir, as_nobody).communicate(timeout=120)
        assert out.strip() == ensure_running(settings, is_durable=False), err
        pid = EmbeddedServer(settings.var_dir / "postgres").pid()
        assert psutil.Process(pid).uids().effective == user.pw_uid
    finally:
        stop(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes its account")
def test_root_runs_it_as_somebody_else(settings: Settings) -> None:
    ensure_running(settings, is_durable=False)
    pid = EmbeddedServer(settings.var_dir / "postgres").pid()
    assert psutil.Process(pid).uids().effective != 0
