"""Who bears a citizen ID: found by its keyed hash, typed or piped in, audited and kept nowhere."""

import io
from pathlib import Path

import pytest

from etl import steps
from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps import Viewer
from tests.command_line import runner
from tests.pipeline.city import read_rows
from tests.sealed import write_sealed
from tests.warehouse.test_views import ROWS

NUMBER, PERSON, VIEWER = "001090000001", 5, Viewer("thu", "thư 12")


def audited(settings: Settings) -> list[tuple[object, ...]]:
    return read_rows(settings, "select actor, action, subject, detail from audit.event order by event_id")


@pytest.fixture
def numbered(database_url: str, tmp_path: Path) -> Settings:
    """A number that passed from one to another, who was then merged into a person with a book."""
    settings = Settings(var_dir=tmp_path, database_url=database_url)
    write_sealed(
        settings,
        ROWS
        + f"""
        insert into identity.person values (6, false), (8, false);
        insert into identity.register_person (person_id, national_id, register_version) values (8, '{NUMBER}', 1);
        insert into identity.register_identifier values (6, '{NUMBER}', false, 1, 'a'), (8, '{NUMBER}', true, 1, 'b');
        insert into identity.register_merge (person_id, kept_id, stated_key, register_version) values (8, 5, 1, 1);
        insert into identity.register_standing (person_id, stated_key, live_key, is_absent, content_hash, merged_into)
        values (8, 1, 1, false, 1, 5)""",
    )
    return settings


def test_who_bears_a_number_is_found_by_it_and_it_is_kept_nowhere(numbered: Settings) -> None:
    for typed in (NUMBER, "001 090 000 001", "001.090.000.001"):
        assert steps.find_person(numbered, typed, VIEWER) == [
            {"person_id": 8, "is_active": True, "kept_id": PERSON, "has_book": True},
            {"person_id": 6, "is_active": False, "kept_id": None, "has_book": False},
        ]
    assert steps.find_person(numbered, "001090000002", VIEWER) == []
    subjects = [row[2] for row in audited(numbered) if row[1] == "person.looked_up"]
    assert subjects == ["person 8", "person 6"] * 3 + ["nobody"]
    assert NUMBER not in str(audited(numbered))


@pytest.mark.parametrize(
    ("number", "viewer", "said"),
    [
        (NUMBER[:11], VIEWER, "12 digits"),
        ("٠" * 12, VIEWER, "12 digits"),
        (NUMBER, Viewer(" ", "thư 12"), "actor"),
        (NUMBER, Viewer("thu", f"hỏi về {NUMBER}"), "reason"),
    ],
)
def test_who_looks_a_number_up_must_say_why(numbered: Settings, number: str, viewer: Viewer, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as told:
        steps.find_person(numbered, number, viewer)
    assert number not in str(told.value)
    assert audited(numbered) == []


def test_a_number_comes_by_stdin_and_is_not_echoed(
    numbered: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run = runner(monkeypatch, capfd, str(numbered.database_url), numbered.var_dir)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NUMBER}\n"))
    found = run("person", "find", "--actor", "thu", "--reason", "thư 12")
    assert [row["person_id"] for row in found.json] == [8, 6]
    assert NUMBER not in found.out + found.words
    assert run("person", "find", NUMBER, "--actor", "thu", "--reason", "thư 12").code == 2
