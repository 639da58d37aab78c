"""`make clean` begins here: ends what may still run from this folder, Airflow's processes and the embedded server."""

import os
import sys

import psutil

from etl.errors import HealthbookError
from etl.orchestration.environment import PROJECT
from etl.orchestration.watch import say
from etl.settings import load_settings
from etl.warehouse import embedded

OURS = ("etl.orchestration.run", "portal.serve", "portal", "etl.orchestration.component")
GRACE_SECONDS = 30.0


def find_processes() -> list[psutil.Process]:
    """Runs, services and components that were started from this project's folder, ourselves excepted."""
    found = []
    for process in psutil.process_iter():
        try:
            is_ours = any(name in process.cmdline()[:3] for name in OURS) and process.cwd() == str(PROJECT)
        except psutil.Error:
            continue
        if is_ours and process.pid != os.getpid():
            found.append(process)
    return found


def stop_processes() -> int:
    """Ask them to end, and end those that do not; gives how many there were."""
    processes = find_processes()
    for process in processes:
        process.terminate()
    _, left = psutil.wait_procs(processes, timeout=GRACE_SECONDS)
    for process in left:
        process.kill()
    return len(processes)


def main() -> None:
    """Stop everything and say what was stopped."""
    try:
        stopped = stop_processes()
        server = embedded.stop(load_settings())
    except HealthbookError as error:
        say(str(error))
        sys.exit(error.exit_code)
    say(f"Stopped {stopped} processes of Airflow and {'the' if server else 'no'} embedded PostgreSQL")


if __name__ == "__main__":
    main()
