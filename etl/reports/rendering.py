"""Pages and other files from templates: one environment, and files that are written whole or not at all."""

import base64
import hashlib
import os
import tempfile
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from etl.reports import wording

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = Path(__file__).parent / "scripts"
"""Of the pages, which carry them inside, and of the portal, which sends them as they are."""


def page_environment() -> Environment:
    """Templates of HTML and SVG: everything is escaped, and what is not given is a fault."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (wording.both, *wording.FIGURES, wording.is_telling, wording.day, wording.grade):
        environment.globals[function.__name__] = function
    return environment


def read_script(name: str) -> dict[str, str]:
    """`script` and `script_digest` of a page: the page's own policy lets no other script run."""
    text = (SCRIPTS / name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"script": Markup(text), "script_digest": digest}  # noqa: S704 - our own file


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
