"""Children never outlive us, however we end."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from etl.errors import ConfigError, DependencyError, HealthbookError
from etl.orchestration import session
from etl.orchestration.environment import PROJECT
from etl.orchestration.processes import Airflow, end_group, running, wait_until

FAMILY = """
    import os, signal, subprocess, sys, time
    child = '''
    import os, signal, sys, time
    from etl.orchestration.component import die_with_parent, guard_forks
    die_with_parent(signal.SIGTERM)
    guard_forks()
    fork = os.fork()
    if fork:
        print(os.getpid(), fork, flush=True)
    time.sleep(60)
    '''
    import textwrap
    subprocess.Popen([sys.executable, "-c", textwrap.dedent(child)], start_new_session=True)
    time.sleep(60)
"""


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_children_and_their_forks_die_with_a_killed_starter() -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(FAMILY)], stdout=subprocess.PIPE, text=True, cwd=PROJECT,
    )  # fmt: skip
    assert starter.stdout is not None
    pids = [int(word) for word in starter.stdout.readline().split()]
    assert len(pids) == 2
    starter.stdout.close()
    starter.kill()
    starter.wait()
    wait_until(lambda: not any(is_running(pid) for pid in pids), 20, "the end of the family", 0.05)


def test_a_stubborn_child_is_killed_after_its_grace() -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    assert child.stdout is not None
    child.stdout.readline()
    child.stdout.close()
    end_group(child, 0.3)
    assert child.returncode == -signal.SIGKILL


class Recording(Airflow):
    """Starts sleepers instead of Airflow."""

    def _spawn(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_block_and_all_children(tmp_path: Path, number: int) -> None:
    previous = signal.signal(number, signal.SIG_IGN)  # as for a job in the background of a shell
    children: list[subprocess.Popen[bytes]] = []

    def run_until_told() -> None:
        with running(Recording({}, tmp_path)) as airflow:
            children.extend(airflow.children.values())
            os.kill(os.getpid(), number)
            time.sleep(5)

    try:
        with pytest.raises(KeyboardInterrupt):
            run_until_told()
    finally:
        signal.signal(number, previous)
    assert len(children) == 3
    assert all(child.returncode is not None for child in children)


def test_a_component_that_ended_is_named(tmp_path: Path) -> None:
    airflow = Recording({}, tmp_path)
    with running(airflow):
        airflow.children["scheduler"].kill()
        airflow.children["scheduler"].wait()
        with pytest.raises(DependencyError, match="scheduler"):
            airflow.check_alive()


def test_waiting_ends_with_what_did_not_come() -> None:
    with pytest.raises(HealthbookError, match="the moon"):
        wait_until(lambda: False, 0.05, "the moon", 0.01)


def test_a_port_in_use_is_the_operators_to_mend() -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ConfigError, match="HEALTHBOOK_AIRFLOW_PORT"):
            session.claim_port("127.0.0.1", other.getsockname()[1])


def test_a_second_session_in_one_folder_is_refused(tmp_path: Path) -> None:
    with session._alone(tmp_path), pytest.raises(ConfigError, match="already runs"), session._alone(tmp_path):
        pass
