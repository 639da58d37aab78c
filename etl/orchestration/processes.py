"""Starting and stopping Airflow's three processes as children, with no orphans however we end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from etl.errors import DependencyError, HealthbookError
from etl.orchestration.environment import PROJECT

COMPONENTS = ("api-server", "dag-processor", "scheduler")
STOP_ORDER = ("scheduler", "dag-processor", "api-server")
"""The scheduler first: its running tasks still need the api-server to say how they ended."""
GRACE_SECONDS = 20.0


@dataclass
class Airflow:
    """The running children. `start` starts what is missing, `stop` ends all; both can be called again."""

    environment: dict[str, str]
    logs: Path
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self) -> None:
        self.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in COMPONENTS:
            if name not in self.children:
                self.children[name] = self._spawn(name)

    def _spawn(self, name: str) -> subprocess.Popen[bytes]:
        with (self.logs / f"{name}.log").open("wb") as log:
            # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop them in order.
            return subprocess.Popen(
                [sys.executable, "-m", "etl.orchestration.component", name, str(os.getpid())],
                cwd=PROJECT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def check_alive(self) -> None:
        """Raises DependencyError naming the first component that has ended by itself, and its log."""
        for name, child in self.children.items():
            if (code := child.poll()) is not None:
                raise DependencyError(
                    f"Airflow's {name}: ended with code {code}; expected it to run. Read {self.logs / f'{name}.log'}."
                )

    def stop(self) -> None:
        for name in STOP_ORDER:
            if child := self.children.pop(name, None):
                end_group(child, GRACE_SECONDS)


def end_group(child: subprocess.Popen[bytes], grace_seconds: float) -> None:
    """Ask a child to end, wait, then end what is left of its process group."""
    if child.poll() is None:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(grace_seconds)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


@contextmanager
def running(airflow: Airflow) -> Iterator[Airflow]:
    """Airflow for as long as the block lasts; SIGINT, SIGTERM and SIGHUP end it.

    SIGINT too needs saying: a shell starts what it puts in the background deaf to it.
    """
    with ExitStack() as stack:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            previous = signal.signal(number, _interrupt)
            stack.callback(signal.signal, number, previous)
        stack.callback(airflow.stop)
        airflow.start()
        yield airflow


def _interrupt(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(f"signal {number}")


def wait_until(is_done: Callable[[], bool], seconds: float, what: str, pause_seconds: float = 0.25) -> None:
    """Poll until done. Raises HealthbookError after that many seconds, saying what did not come."""
    deadline = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > deadline:
            raise HealthbookError(f"{what}: not there after {seconds:.0f} s; expected sooner. Read the logs in var.")
        time.sleep(pause_seconds)
