"""The same rows as another sender's computer might have written them: in other cuts, order and columns."""

import csv
import io
from pathlib import Path

from lxml import etree


def cut_anew(path: Path, folder: Path) -> list[Path]:
    """The file's rows in other files under `folder`/<sender>, in reverse; the file itself where it is no plain one."""
    target = folder / path.parent.name
    target.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".xml":
        return _cut_envelope(path, target)
    return _cut_list(path, target) if is_plain_list(path) else [path]


def is_plain_list(path: Path) -> bool:
    """A CSV in UTF-8."""
    try:
        return path.suffix == ".csv" and bool(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _cut_envelope(path: Path, folder: Path) -> list[Path]:
    """The first visit in an envelope of its own, the others in one more, the last first."""
    written = []
    for name, chosen in (("one", slice(0, 1)), ("rest", slice(1, None))):
        root = etree.parse(path).getroot()
        visits = list(root.iter("HOSO"))
        parent = visits[0].getparent()
        for visit in visits:
            parent.remove(visit)
        for visit in reversed(visits[chosen]):
            parent.append(visit)
        written.append(folder / f"{name}_{path.name}")
        written[-1].write_bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))
    return written


def _cut_list(path: Path, folder: Path) -> list[Path]:
    text = path.read_text(encoding="utf-8-sig")
    separator = max(",;\t", key=text.count)
    header, *rows = csv.reader(io.StringIO(text), delimiter=separator)
    written = []
    for name, chosen in (("even", rows[::2]), ("odd", rows[1::2])):
        written.append(folder / f"{name}_{path.name}")
        with written[-1].open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(row[::-1] for row in (header, *reversed(chosen)))
    return written
