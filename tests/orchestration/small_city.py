"""A small city's files for a real run: good ones of every kind, bad ones, and words that must never leave the data."""

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

from etl.sample import write_city
from etl.sample.bad import BAD_FILES
from etl.steps import REGISTER_SENDER

PEOPLE, SEED = 200, 7
CHOSEN = {"hospital_xml": 2, "district_export": 2, "ward_sheet": 3, "health_check": 1}
BAD = {"empty.csv": "file_empty", "pdf_renamed.csv": "file_kind_unknown", "truncated.xml": "xml_truncated"}
CANARY = "Nguyễn Thị Chim Hoàng Yến"
"""Stands in the name of a good and of a bad file, as it does with real senders."""


@dataclass(frozen=True)
class SmallCity:
    """Files in folders named after their senders."""

    good: tuple[Path, ...]
    register: tuple[Path, ...]
    bad: tuple[Path, ...]

    def read_words(self) -> frozenset[str]:
        """Names, addresses and numbers of people: long enough to be met only where they were let out."""
        found = {CANARY}
        for path in self.register:
            with path.open(encoding="utf-8-sig", newline="") as file:
                for row in list(csv.reader(file))[1:]:
                    found |= {cell for cell in row if (cell.isdigit() and len(cell) >= 10) or len(cell.split()) >= 3}
        return frozenset(found)


def make_small_city(folder: Path) -> SmallCity:
    """Write a city and bad files, and choose the largest of each kind."""
    city = folder / "city"
    write_city(PEOPLE, SEED, city)
    good = [path for kind, count in CHOSEN.items() for path in _largest(city / kind, count)]
    good[-1] = good[-1].rename(good[-1].with_stem(f"khám của {CANARY}"))
    bad = [_write_bad(folder / "bad", name) for name in BAD]
    register = [_move(path, city / REGISTER_SENDER) for path in sorted((city / "register").rglob("*.csv"))]
    return SmallCity(tuple(good), tuple(register), tuple(bad))


def put_into(inbox: Path, files: tuple[Path, ...]) -> None:
    """Deliver files as their senders would."""
    for path in files:
        (inbox / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, inbox / path.parent.name / path.name)


def _largest(folder: Path, count: int) -> list[Path]:
    return sorted(folder.glob("*/*"), key=lambda path: (-path.stat().st_size, path.name))[:count]


def _write_bad(folder: Path, name: str) -> Path:
    file = next(file for file in BAD_FILES if file.name == name)
    path = folder / file.sender / f"{CANARY} {name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    file.write(path)
    return path


def _move(path: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return path.rename(folder / path.name)
