"""How every command speaks: results as one JSON value on stdout, words on stderr; and what it needs before it runs."""

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from etl.settings import Settings


def say(words: str) -> None:
    """Words for whoever runs the command."""
    print(words, file=sys.stderr, flush=True)  # noqa: T201 - the command line speaks here


def give(result: Any) -> None:
    """The result, for another program."""
    print(json.dumps(result, ensure_ascii=False, default=str), flush=True)  # noqa: T201


def tell(text: str) -> None:
    """The result, for somebody to read; like `give`, it is nowhere else."""
    print(text, flush=True)  # noqa: T201


def ready() -> "Settings":
    """The settings, with the database running and its schema up to date."""
    from etl import steps
    from etl.settings import load_settings

    settings = load_settings()
    say(steps.prepare(settings))
    return settings
