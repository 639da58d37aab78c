"""Puts the invented city's files into the inbox, as if their senders had just sent them."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

REGISTER_KIND, REGISTER_SENDER = "register", "DC01"
BATCH_KINDS = ("hospital_xml", "district_export", "ward_sheet", "health_check")


def deliver_city(city: Path, inbox: Path, kinds: Sequence[str]) -> dict[str, int]:
    """Copy `<city>/<kind>/<sender>/<file>` to `<inbox>/<sender>/<file>`; gives the number of files of each kind.

    A file is copied under a name with a leading dot and then renamed, so that nobody reads half of it. One that
    already waits under the same name is replaced by itself.
    """
    counts: Counter[str] = Counter()
    for kind, sender_code, file in find_files(city, kinds):
        folder = inbox / sender_code
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{file.name}"
        shutil.copyfile(file, temporary)
        temporary.replace(folder / file.name)
        counts[kind] += 1
    return dict(counts)


def find_files(city: Path, kinds: Sequence[str]) -> Iterator[tuple[str, str, Path]]:
    """Kind, sender and path of each file of the city; the register's lie directly in their kind's folder."""
    for kind in kinds:
        for file in sorted((city / kind).rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                depth = len(file.relative_to(city / kind).parts)
                if depth == 2:
                    yield kind, file.parent.name, file
                elif kind == REGISTER_KIND:
                    yield kind, REGISTER_SENDER, file
