"""The store held against what it should hold: every byte is read once, and nothing but hashes and our own names is told."""

import hashlib
import json
import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from etl.errors import DependencyError
from etl.warehouse.store import DRAFT, MANIFEST, PIECE_BYTES, Store

HASH = re.compile(r"[0-9a-f]{64}")
OUR_NAME = re.compile(r"[a-z_]+/[0-9a-z_-]+")


@dataclass
class StoreCheck:
    """What was read, and what is wrong: paths within the store. What is extra was put there by nobody that we know of.

    `damaged` differs from its hash, `missing` should be there, `incomplete` was never written to its end.
    """

    raw_files: int = 0
    stages: int = 0
    bytes_read: int = 0
    damaged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether all that should be there is, and is what it was. What is extra harms nobody, but should be looked at."""
        return not (self.damaged or self.missing or self.incomplete)


def check_store(store: Store, expected: AbstractSet[str], known: AbstractSet[str]) -> StoreCheck:
    """Read every raw file and every stage against its hash, and hold them against the paths (`raw/<sha256>`, `staged/7`) that
    are `expected`. A raw file that is not even `known` is extra; stages may be there or not, as they are derived."""
    found = StoreCheck()
    raw = sorted(store.raw_hashes())
    for name in raw:
        found.raw_files += 1
        if not HASH.fullmatch(name):
            found.extra.append("raw/(no hash)")  # a name that is not ours may be somebody's
            continue
        if _digest(partial(store.raw, name), found) != name:
            found.damaged.append(f"raw/{name}")
        if f"raw/{name}" not in known:
            found.extra.append(f"raw/{name}")
    folders = {_name(store, folder): folder for folder in _stages(store)}
    for name, folder in folders.items():
        found.stages += 1
        _check_stage(name, folder, found)
    found.missing += sorted(expected - {f"raw/{name}" for name in raw} - set(folders))
    return found


def describe_store(store: Store) -> dict[str, Any]:
    """What the store holds now: the raw files by their hash, each complete stage with the hash of its manifest."""
    stages = {_name(store, folder): _manifest_hash(folder) for folder in _stages(store)}
    return {
        "raw": sorted(name for name in store.raw_hashes() if HASH.fullmatch(name)),
        "stages": {name: sha256 for name, sha256 in stages.items() if sha256 is not None},
    }


def differs_from(store: Store, described: dict[str, Any], removed: AbstractSet[str]) -> list[str]:
    """What an earlier description names and the store no longer holds as it was, but for what retention `removed`.

    An index's path ends in the number of its format, which retention does not know.
    """
    now = describe_store(store)
    lost = [f"raw/{name}" for name in set(described["raw"]) - set(now["raw"])]
    changed = [name for name, sha256 in described["stages"].items() if now["stages"].get(name) != sha256]
    return sorted(path for path in (*lost, *changed) if path.split("-")[0] not in removed)


def _stages(store: Store) -> list[Path]:
    """The folders that steps write as a whole, but those that are being written."""
    found = store.root.glob("*/*/")
    return sorted(path for path in found if path.is_dir() and path.parent.name != "raw" and DRAFT not in path.name)


def _name(store: Store, folder: Path) -> str:
    name = folder.relative_to(store.root).as_posix()
    return name if OUR_NAME.fullmatch(name) else f"{folder.parent.name}/(not ours)"


def _check_stage(name: str, folder: Path, found: StoreCheck) -> None:
    """Each file of a stage against its manifest."""
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        expected = {entry["name"]: entry["sha256"] for entry in listed}
    except (OSError, ValueError, KeyError, TypeError):
        found.incomplete.append(name)
        return
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    for file in sorted(there & set(expected)):
        if _digest(partial((folder / file).open, "rb"), found) != expected[file]:
            found.damaged.append(f"{name}/{file}")
    found.missing += [f"{name}/{file}" for file in sorted(set(expected) - there)]
    found.extra += [f"{name}/(a file that its manifest does not name)"] * bool(there - set(expected))


def _digest(opening: Callable[[], AbstractContextManager[Any]], found: StoreCheck) -> str:
    """The hash of a file's bytes; none where its disk or its seal does not give them, which is what we are here to find."""
    digest = hashlib.sha256()
    try:
        with opening() as stream:
            while piece := stream.read(PIECE_BYTES):
                digest.update(piece)
                found.bytes_read += len(piece)
    except (OSError, DependencyError):
        return ""
    return digest.hexdigest()


def _manifest_hash(folder: Path) -> str | None:
    try:
        return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    except OSError:
        return None
