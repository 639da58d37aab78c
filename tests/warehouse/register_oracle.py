"""What the register should be after some files, whatever their order: one statement at a time, in plain Python."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Key = tuple[int, int]
LIVE_STATES = ("resident", "moved_away", "deceased", None)


@dataclass(frozen=True)
class Row:
    """What one row says of a person, as after a change on a day (0 where a snapshot says it)."""

    person: int
    name: str
    number: str | None
    status: str
    day: int = 0
    kind: str | None = None
    away: int | None = None


@dataclass(frozen=True)
class File:
    """A snapshot or delta that describes a day."""

    kind: str
    day: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Known:
    """The register: persons (name, number, status), who was merged into whom, numbers with whether they are in use."""

    persons: dict[int, tuple[str, str | None, str]]
    merged: dict[int, int]
    numbers: dict[tuple[int, str], bool]


def last_rows(file: File) -> dict[int, Row]:
    """The last word of a file on each person: by the day of the change, then by the row."""
    return {row.person: row for row in sorted(file.rows, key=lambda row: row.day)}


def _statements(files: Iterable[File]) -> Iterator[tuple[Key, Row]]:
    for file in files:
        for row in file.rows:
            yield (file.day, row.day), row


def know(files: Iterable[File], hash_of: Callable[[Row], int]) -> Known:
    """The register after all the files."""
    files = list(files)
    newest = max(file.day for file in files if file.kind == "snapshot")
    said = defaultdict(list)
    for file in files:
        for person, row in last_rows(file).items():
            said[person].append(((file.day, row.day), hash_of(row), row))
    last = {person: max(found, key=lambda one: one[:2]) for person, found in said.items()}
    merged = dict(_merged(files, last))
    persons = {}
    for person, (key, _, row) in last.items():
        is_gone = person in merged or key[0] < newest
        persons[person] = (row.name, row.number, "cancelled" if is_gone else row.status)
    numbers = {(row.person, row.number): False for _, row in _statements(files) if row.number is not None}
    for number in {number for _, number in numbers}:
        bearers = [person for person, (_, own, status) in persons.items() if own == number and status != "cancelled"]
        if bearers:
            numbers[min(bearers, key=lambda person: ([-part for part in last[person][0]], person)), number] = True
    return Known(persons, merged, numbers)


def _merged(files: list[File], last: dict[int, tuple[Key, int, Row]]) -> Iterator[tuple[int, int]]:
    """Who was merged into whom since it was last said that his number is somebody's."""
    for person in last:
        words = [(key, 1, -row.person) for key, row in _statements(files) if row.away == person]
        words += [(key, 0, 0) for key, row in _statements(files) if row.person == person and row.status in LIVE_STATES]
        if words and max(words)[1]:
            yield person, -max(words)[2]
