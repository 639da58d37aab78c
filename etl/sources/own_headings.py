"""What one sender calls his columns, where the contracts' terms do not say it: a YAML file that the city keeps.

    headings:
      Mã KCB: insurance_no
      Ghi chú nội bộ:          # nothing: the column is left out

The file is named after the sender's code (`PX00004.yaml`); a heading is compared as everywhere, without case and marks.
"""

import os
from pathlib import Path

import yaml

from etl.errors import ConfigError
from etl.sources.composites import PARTS
from etl.sources.heading_terms import COUNTER, fold_heading
from etl.sources.headings import LEFT_OUT, OwnHeadings


def read_own_headings(folder: Path | None, sender_code: str, fields: frozenset[str] | None = None) -> OwnHeadings:
    """The sender's own headings; empty where there is no folder or no file of his.

    Raises ConfigError where the file is not such a mapping, or names a field that is none of `fields`.
    """
    path = None if folder is None else folder / f"{sender_code}.yaml"
    if path is None or not sender_code.isalnum() or not path.is_file():
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        raise _wrong(path, "it cannot be read as YAML") from None
    named = content.get("headings") if isinstance(content, dict) else None
    if not isinstance(named, dict) or set(content) != {"headings"}:
        raise _wrong(path, "it has no mapping of headings, or other keys beside it")
    own = {fold_heading(str(text)): LEFT_OUT if field is None else str(field) for text, field in named.items()}
    known = None if fields is None else fields | PARTS | {COUNTER, LEFT_OUT}
    if known is not None and (unknown := sorted(set(own.values()) - known)):
        raise _wrong(path, f"there is no field {unknown[0]!r}")
    return own


def write_own_headings(folder: Path, sender_code: str, named: OwnHeadings) -> None:
    """Keep what a sender calls his columns, whole or not at all."""
    assert sender_code.isalnum()
    folder.mkdir(parents=True, exist_ok=True)
    content = {"headings": {text: field or None for text, field in sorted(named.items())}}
    draft = folder / f".{sender_code}.{os.getpid()}"
    draft.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    draft.replace(folder / f"{sender_code}.yaml")


def _wrong(path: Path, what: str) -> ConfigError:
    return ConfigError(
        f"{path.name}: {what}; expected `headings:` with a field for each heading, or nothing to leave a column out. "
        "Mend the file."
    )
