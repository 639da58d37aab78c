"""Run a command and measure it: wall time, memory of its whole process tree, disk that it holds at once."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

EVERY_SECONDS = 0.1
DISK_EVERY = 10
"""Disk is looked at every so many samples: that takes longer."""


@dataclass(frozen=True)
class Measured:
    """What a command took. Memory is in bytes: `peak_tree` sums the resident sets of all its processes at one moment
    (memory that they share counts in each), `peak_process` is the largest process as the system kept it. `others_cpu_seconds`
    is what all other programs took of the processors meanwhile: where that is much, the time is no measure."""

    seconds: float
    cpu_seconds: float
    others_cpu_seconds: float
    peak_tree_bytes: int
    peak_process_bytes: int
    peak_disk_bytes: int
    stdout: str


class _Watch(threading.Thread):
    """Samples a process tree and folders until told to stop."""

    def __init__(self, pid: int, folders: Sequence[Path]) -> None:
        super().__init__(daemon=True)
        self.pid, self.folders = pid, folders
        self.peak_memory = self.peak_disk = 0
        self.ended = threading.Event()

    def run(self) -> None:
        """Sample."""
        turn = 0
        while not self.ended.wait(EVERY_SECONDS):
            self.peak_memory = max(self.peak_memory, sum_memory(self.pid))
            if turn % DISK_EVERY == 0:
                self.peak_disk = max(self.peak_disk, sum(map(sum_disk, self.folders)))
            turn += 1


def sum_memory(pid: int) -> int:
    """Resident bytes of a process and its descendants, 0 once it is gone."""
    try:
        parent = psutil.Process(pid)
        processes = [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def sum_busy() -> float:
    """Seconds that all processors together have worked since the system started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def sum_disk(folder: Path) -> int:
    """Bytes that the files under a folder hold on disk now."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total


def run_measured(command: Sequence[str], scratch: Path, env: dict[str, str] | None = None) -> Measured:
    """Run `command` with `scratch` as its folder for temporary files; its stderr goes to ours.

    Raises CalledProcessError when it fails.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    began, busy = time.perf_counter(), sum_busy()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as stdout:
        process = subprocess.Popen(
            command, stdout=stdout, env={**os.environ, "TMPDIR": str(scratch), **(env or {})}, text=True
        )
        watch = _Watch(process.pid, [scratch])
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.ended.set()
        watch.join()
        stdout.seek(0)
        said = stdout.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    own = usage.ru_utime + usage.ru_stime
    return Measured(
        seconds,
        own,
        max(sum_busy() - busy - own, 0.0),
        max(watch.peak_memory, usage.ru_maxrss * 1024),
        usage.ru_maxrss * 1024,
        watch.peak_disk,
        said,
    )
