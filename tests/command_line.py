"""Runs `healthbook …` inside the test's own process, as the console script does."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from etl import cli


@dataclass(frozen=True)
class Ended:
    """What a command left: its exit code, and its two streams."""

    code: int
    out: str
    words: str

    @property
    def json(self) -> Any:
        """The one value on stdout."""
        return json.loads(self.out)


Run = Callable[..., Ended]


def runner(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], database_url: str, var_dir: Path) -> Run:
    """A function that runs one command on a database and a folder of its own."""
    for name in [name for name in os.environ if name.startswith("HEALTHBOOK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HEALTHBOOK_DATABASE_URL", database_url)
    monkeypatch.setenv("HEALTHBOOK_VAR_DIR", str(var_dir))
    monkeypatch.setenv("HEALTHBOOK_TODAY", "2026-10-01")

    def run(*words: object) -> Ended:
        monkeypatch.setattr("sys.argv", ["healthbook", *map(str, words)])
        capfd.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, words_said = capfd.readouterr()
        return Ended(code, out, words_said)

    return run
