"""Numbers of the register that are found to be one person, split again, cancelled: links and books follow."""

from pathlib import Path

import pytest

from etl import steps
from etl.errors import DataError
from etl.settings import Settings
from etl.warehouse.store import Store
from tests.command_line import Run, runner
from tests.pipeline.city import build, read_books, read_open_links, read_rows
from tests.pipeline.test_register import MORE, SNAPSHOT, write_register

MERGE_MORE = f"{MORE},MA_NGUOI_CU"
KEPT, AWAY, THIRD = 103, 107, 108
TWICE = (
    *SNAPSHOT,
    f"{AWAY},001190000999,,Lê Minh Châu,19900130,2,01,00008,Số 5 phố Đội Cấn,HN7,,,1,,20260901",
)
CHAU = "001190000039,,Lê Minh Châu,19900130,2,01,00004,Số 3 phố Huế,HN3,,,1,"
MERGE = f"{KEPT},{CHAU},20260920,HOP_NHAT,20260918,,{AWAY}"
SPLIT = f"{AWAY},001190000999,,Lê Minh Châu,19900130,2,01,00008,Số 5 phố Đội Cấn,HN7,,,1,,20260925,TACH,20260924,,"
LIST = """STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Địa chỉ,Cập nhật ngày
1,Lê Minh Châu,30/01/1990,Nữ,001190000039,Số 3 phố Huế,20/08/2026
2,Lê Minh Châu,30/01/1990,Nữ,001190000999,Số 5 phố Đội Cấn,21/08/2026
3,Trần Thị Bình,17/11/1985,Nữ,001185000028,Số 2 phố Huế,20/08/2026
"""


def owners(settings: Settings) -> dict[object, tuple[object, ...]]:
    rows = read_rows(
        settings,
        "select p.row_no, l.person_id, l.decision from identity.link l join intake.person_record p using (record_id)"
        " where l.closed_at is null",
    )
    return {row_no: tuple(rest) for row_no, *rest in rows}


@pytest.fixture
def twice_known(empty_settings: Settings, tmp_path: Path) -> Settings:
    """Somebody whom the register knows under two numbers, and a record of each."""
    steps.load_register(empty_settings, write_register(tmp_path / "snapshot.csv", TWICE))
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    steps.receive(empty_settings, path, "PX00004")
    build(empty_settings)
    assert owners(empty_settings) == {2: (KEPT, "match"), 3: (AWAY, "match"), 4: (102, "match")}
    return empty_settings


def test_records_and_books_follow_a_merge_and_its_undoing(twice_known: Settings, tmp_path: Path) -> None:
    before = read_books(twice_known)
    steps.load_register(twice_known, write_register(tmp_path / "merge.csv", (MERGE,), MERGE_MORE))
    build(twice_known)
    assert owners(twice_known) == {2: (KEPT, "match"), 3: (KEPT, "match"), 4: (102, "match")}
    assert set(read_books(twice_known)) == {KEPT, 102}
    assert read_rows(twice_known, "select * from identity.merged_person") == [(AWAY, KEPT)]
    daily = read_open_links(twice_known), read_books(twice_known)
    run_id = steps.link(twice_known, full=True)
    assert steps.read_run(twice_known, run_id)["state"] == "linked", "a full re-link changes nothing"
    assert (read_open_links(twice_known), read_books(twice_known)) == daily

    steps.load_register(twice_known, write_register(tmp_path / "split.csv", (SPLIT,), MERGE_MORE))
    build(twice_known)
    assert read_books(twice_known) == before
    history = read_rows(
        twice_known,
        "select l.person_id from identity.link l join intake.person_record p using (record_id)"
        " where p.row_no = 3 order by link_id",
    )
    assert history == [(AWAY,), (KEPT,), (AWAY,)]


def test_a_merge_that_comes_before_older_files_holds(twice_known: Settings, tmp_path: Path) -> None:
    """A later snapshot that lists the number as cancelled does not undo it, nor does an older delta about it."""
    older = SPLIT.replace("20260925,TACH,20260924", "20260910,DINH_CHINH,20260909")
    cancelled = (f"{AWAY},001190000999,,Lê Minh Châu,19900130,2,01,00008,,HN7,,,4,,20260930",)
    newer = (*(row.replace("20260901", "20260930") for row in SNAPSHOT), *cancelled)
    for name, rows, more in (("merge", (MERGE,), MERGE_MORE), ("older", (older,), MERGE_MORE), ("newer", newer, "")):
        steps.load_register(twice_known, write_register(tmp_path / f"{name}.csv", rows, more))
    build(twice_known)
    assert read_rows(twice_known, "select * from identity.merged_person") == [(AWAY, KEPT)]
    assert set(read_books(twice_known)) == {KEPT, 102}


def test_a_ruling_on_a_number_merged_away_is_one_on_the_number_kept(twice_known: Settings, tmp_path: Path) -> None:
    [(record_id,)] = read_rows(twice_known, "select record_id from intake.person_record where row_no = 4")
    assert isinstance(record_id, int)
    steps.decide(twice_known, steps.Ruling(record_id, AWAY, "same", "other", "reviewer", "Quen biết"))
    steps.load_register(twice_known, write_register(tmp_path / "merge.csv", (MERGE,), MERGE_MORE))
    build(twice_known)
    assert owners(twice_known)[4] == (KEPT, "match")


def test_an_id_that_was_cancelled_may_be_somebody_elses(twice_known: Settings, tmp_path: Path) -> None:
    """Both statements in either order: who was given it last bears it, and the history keeps both."""
    freed = f"{AWAY},001190000999,,Lê Minh Châu,19900130,2,01,00008,,HN7,,,4,,20260910,HUY,20260909,,"
    given = f"{THIRD},001190000999,,Vũ Thị Mơ,19920101,2,01,00004,,HN8,,,1,,20260920,CHUYEN_DEN,20260919,,"
    steps.load_register(twice_known, write_register(tmp_path / "given.csv", (given,), MERGE_MORE))
    shared = read_rows(twice_known, "select person_id from identity.register_identifier where is_active order by 1")
    assert (AWAY,) not in shared
    steps.load_register(twice_known, write_register(tmp_path / "freed.csv", (freed,), MERGE_MORE))
    number = Store(twice_known).seals.hash_of("national_id", "001190000999")
    bearers = (
        f"select person_id, is_active from identity.register_identifier where national_id_hash = '{number}' order by 1"
    )
    assert read_rows(twice_known, bearers) == [(AWAY, False), (THIRD, True)]


@pytest.mark.parametrize(
    ("change", "rule_id"),
    [
        ("HOP_NHAT,20260918,,", "register_change"),
        (f"HOP_NHAT,20260918,,{KEPT}", "register_change"),
        ("HOP_NHAT,20260918,,x", "register_change"),
        ("DOI_TEN,20260918,,", "register_change"),
    ],
    ids=["no number", "into itself", "no such number", "unknown change"],
)
def test_a_change_that_cannot_be_understood_is_refused(
    twice_known: Settings, tmp_path: Path, change: str, rule_id: str
) -> None:
    path = write_register(tmp_path / "delta.csv", (f"{KEPT},{CHAU},20260920,{change}",), MERGE_MORE)
    with pytest.raises(DataError) as refused:
        steps.load_register(twice_known, path)
    assert refused.value.rule_id == rule_id
    assert rule_id in steps.rule_wording()


def test_the_command_asks_who_answers_for_a_large_removal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], database_url: str, tmp_path: Path
) -> None:
    run: Run = runner(monkeypatch, capfd, database_url, tmp_path / "var")
    run("register", write_register(tmp_path / "snapshot.csv", TWICE))
    fewer = write_register(tmp_path / "fewer.csv", tuple(row.replace("20260901", "20260930") for row in SNAPSHOT))
    refused = run("register", fewer)
    assert (refused.code, refused.out) == (3, "")
    assert "it would remove 1 of 5 people (20.00%)" in refused.words
    assert "--confirm-removal" in refused.words
    assert run("register", fewer, "--confirm-removal").code == 2
    assert run("register", fewer, "--confirm-removal", "--actor", "chief").json["state"] == "loaded"
    settings = Settings(var_dir=tmp_path / "var", database_url=database_url)
    audited = "select actor, subject, detail from audit.event where action = 'register.removal_confirmed'"
    assert read_rows(settings, audited) == [("chief", "register version 2", '{"people": 5, "removed": 1}')]
