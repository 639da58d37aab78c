"""`make drill`: the sample city is taken in by halves with a backup between, then restored to both moments and compared.

A server of its own under `var/drill-city`, gone at the end. Prints the timings; exit code 1 if anything differs.
"""

import json
import shutil
import sys

from etl import steps
from etl.settings import PROJECT_DIR, Settings
from etl.warehouse.embedded import stop
from tests.pipeline.city import CITY, DAY, build, deliver, files_of, register_files_of

FOLDER = PROJECT_DIR / "var" / "drill-city"


def main() -> int:
    """Take in, back up, change, restore to before and after; give the exit code."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    settings = Settings(var_dir=FOLDER, wal_archive_dir=FOLDER / "wal", today=DAY)
    try:
        print(steps.prepare(settings))
        registers, files = register_files_of(CITY), files_of(CITY)
        take_in(settings, registers[:1], files[::2])
        made = steps.backup(settings)
        print("backup", json.dumps(made), flush=True)
        take_in(settings, registers[1:], files[1::2])
        drills = {
            "before the changes": steps.restore_drill(settings, to=made["mark"]),
            "now": steps.restore_drill(settings),
        }
        for moment, drill in drills.items():
            print(f"restored to {moment}", json.dumps(drill), flush=True)
        store = steps.verify_store(settings)
        print("store", json.dumps(store))
    finally:
        stop(settings)
        shutil.rmtree(FOLDER, ignore_errors=True)
    is_proved = store["is_sound"] and all(drill["is_equal"] for drill in drills.values())
    return 0 if is_proved else 1


def take_in(settings: Settings, registers: list, files: list) -> None:
    """Registers, files, books."""
    for path in registers:
        steps.load_register(settings, path)
    deliver(settings, files)
    build(settings)


if __name__ == "__main__":
    sys.exit(main())
