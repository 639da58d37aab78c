"""Which runs make up a day."""

from collections.abc import Sequence
from datetime import date

import pytest

from etl.errors import ConfigError
from etl.orchestration.clear_day import clear_day, read_day
from etl.orchestration.client import AirflowClient


class Recording(AirflowClient):
    """Holds three runs and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9")
        self.window: tuple[str, str] = ("", "")
        self.cleared: list[tuple[str, str]] = []

    def list_runs(self, since: str, until: str) -> list[tuple[str, str]]:
        self.window = since, until
        return [("receive_batches", "a"), ("build_health_books", "b"), ("receive_batches", "c")]

    def clear_runs(self, runs: Sequence[tuple[str, str]]) -> None:
        self.cleared = list(runs)


def test_a_day_is_hanois_and_all_its_runs_are_cleared_at_once() -> None:
    client = Recording()
    assert clear_day(client, date(2026, 11, 23)) == {"receive_batches": 2, "build_health_books": 1}
    assert client.window == ("2026-11-23T00:00:00+07:00", "2026-11-24T00:00:00+07:00")
    assert len(client.cleared) == 3


@pytest.mark.parametrize("words", [[], ["yesterday"], ["2026-02-30"], ["2026-11-23", "2026-11-24"]])
def test_anything_but_one_day_is_the_operators_to_mend(words: list[str]) -> None:
    with pytest.raises(ConfigError, match="expected one like"):
        read_day(words)
