"""`healthbook review …` and `healthbook explain`: JSON on stdout alone, exit codes, nobody's name on stderr."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.settings import Settings
from tests.command_line import Run, runner
from tests.review.village import AN, DOUBLE, LAN, LENT, SURE, record_of


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], settings: Settings) -> Run:
    return runner(monkeypatch, capfd, str(settings.database_url), settings.var_dir)


def test_a_day_of_a_reviewer(run: Run, settings: Settings, tmp_path: Path) -> None:
    shown = run("review", "next", "--actor", "thu", "--count", 3)
    assert shown.code == 0, shown.words
    assert "Nguyễn Văn Cường" in shown.out
    assert "Cường" not in shown.words
    record = record_of(settings, DOUBLE)
    told = run(
        "review", "decide", record, "--verdict", "same", "--person", LAN, "--actor", "thu", "--reason", "contacted"
    )
    assert told.json["link_after"] == {"decision": "match", "person_id": LAN}
    told = run(
        "review",
        "decide",
        record_of(settings, LENT),
        "--verdict",
        "different",
        "--actor",
        "thu",
        "--reason",
        "relative",
    )
    assert told.json["person_id"] == AN
    assert run("review", "status").json["waiting"] == 1
    built = run("build").json
    assert run("build").json["run_id"] == built["run_id"]
    explained = run("explain", record, "--out", tmp_path / "x.svg")
    assert explained.json["link"]["actor"] == "thu"
    assert explained.json["pairs"][0]["score"] > 0, "compared anew: a ruled link keeps no vector"
    assert "ngưỡng khớp" in (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert "Lan" not in explained.words


def test_a_blind_review(run: Run, settings: Settings) -> None:
    sample = run("review", "sample", "--count", 6, "--seed", 3, "--actor", "thu").json["sample_id"]
    [item] = run("review", "next", "--sample", sample, "--actor", "mai").json["items"]
    words = ("--verdict", "same", "--sample", sample, "--actor", "mai", "--reason", "documents")
    assert run("review", "decide", item["record_id"], *words).json["person_id"] == item["person_id"]
    found = run("review", "agreement").json
    assert sum(stratum["looked_at"] for stratum in found["strata"].values()) == 1
    assert run("review", "estimate", "--share", 0.4).json["hidden_people"]["people"] > 0
    assert run("review", "calibrate", "--actor", "thu").json["lacks"]


def test_a_record_of_a_file_is_explained_without_a_database(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the link on files says it: the same decision, person and score."""
    monkeypatch.setenv("HEALTHBOOK_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    people = {
        "person_id": [7, 8, 9],
        "full_name": ["Nguyễn Văn Mẫu", "Nguyễn Văn Khác", "Trần Thị Mẫu"],
        "birth_date": ["1980-03-02", "1980-03-02", "1981-01-05"],
        "national_id": ["001080000001", "001080000992", None],
        "address": ["Số 1 phố Huế"] * 3,
    }
    rows = {
        "record_id": ["a", "b", "c"],
        "full_name": ["Nguyễn Văn Mẫu", "Nguyen Van Mau", "Lê Lạ"],
        "birth_date": ["02/03/1980", "02/03/1980", "01/01/2001"],
        "national_id": ["001080000001", None, None],
        "address": ["Số 1 phố Huế", "Số 1 phố Huế", None],
    }
    files = ("--register", tmp_path / "r.parquet", "--records", tmp_path / "x.parquet")
    pq.write_table(pa.table(people), tmp_path / "r.parquet")
    pq.write_table(pa.table(rows), tmp_path / "x.parquet")
    assert run("link", *files, "--out", tmp_path / "l.parquet").code == 0
    links = {row["record_id"]: row for row in pq.read_table(tmp_path / "l.parquet").to_pylist()}
    for record, link in links.items():
        ended = run("explain", record, *files, "--out", tmp_path / "x.svg")
        assert ended.code == 0, ended.words
        found = ended.json
        assert (found["record_id"], found["link"]["decision"]) == (record, link["decision"])
        assert found["link"]["person_id"] == link["person_id"]
        if link["score"] is not None:
            assert found["pairs"][0]["score"] == link["score"]
    sure = run("explain", "a", *files).json
    assert (sure["link"]["rule"], sure["pairs"][0]["person_id"]) == ("national_id_name_birth", 7)
    assert sure["pairs"][0]["score"] > 20
    assert run("explain", "nobody", *files).code == 2
    assert run("explain", "a", "--register", tmp_path / "r.parquet").code == 2


def test_wrong_usage_is_2(run: Run, settings: Settings, tmp_path: Path) -> None:
    record = record_of(settings, SURE)
    words = ("--actor", "thu", "--reason", "documents")
    for command in (
        ("review", "next"),
        ("review", "next", "--actor", "engine"),
        ("review", "next", "--actor", "thu", "--count", 0),
        ("review", "next", "--actor", "thu", "--sample", 9),
        ("review", "decide", 1, "--verdict", "same", *words),
        ("review", "decide", record, "--verdict", "perhaps", *words),
        ("review", "decide", record, "--verdict", "same", "--actor", "thu", "--reason", "so"),
        ("review", "agreement"),
        ("review", "estimate", "--share", 2),
        ("explain", 1),
        ("explain", record, "--out", tmp_path / "x.pdf"),
    ):
        ended = run(*command)
        assert (ended.code, ended.out) == (2, ""), command
        assert ended.words
