"""Pages and other files from templates: one environment, and files that are written whole or not at all."""

import os
import tempfile
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from etl.reports import wording

TEMPLATES = Path(__file__).parent / "templates"


def page_environment() -> Environment:
    """Templates of HTML and SVG: everything is escaped, and what is not given is a fault."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (
        wording.both,
        wording.number,
        wording.count,
        wording.part,
        wording.share,
        wording.percent,
        wording.points,
        wording.rule_points,
        wording.is_telling,
        wording.measured,
        wording.day,
        wording.grade,
    ):
        environment.globals[function.__name__] = function
    return environment


def write_whole(path: Path, text: str) -> Path:
    """Write a file so that nobody ever reads half of it; gives its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False) as page:
        page.write(text)
        page.flush()
        os.fsync(page.fileno())
    temporary = Path(page.name)
    temporary.chmod(0o644)
    return temporary.replace(path)
