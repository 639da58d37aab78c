"""A register's snapshot, then its delta: links and books follow births, deaths, moves and numbers issued anew."""

from pathlib import Path

import pytest

from etl import steps
from etl.contracts import HEALTH_BOOK, PERSON_RECORD, REGISTER_IDENTIFIER
from etl.errors import DataError
from etl.settings import Settings
from tests.pipeline.city import build, read_opened, read_rows

COLUMNS = (
    "MA_NGUOI,SO_DINH_DANH,SO_CMND,HO_TEN,NGAY_SINH,GIOI_TINH,MA_DANTOC,MAXA_CU_TRU,DIA_CHI,MA_HO,"
    "MA_THE_BHYT,DIEN_THOAI,TINH_TRANG,NGAY_MAT,NGAY_CHOT"
)
MORE = ",LOAI_BIEN_DONG,NGAY_BIEN_DONG,SO_DINH_DANH_CU"
AN, BINH, CHAU, DUNG, BABY = range(101, 106)
SNAPSHOT = (
    f"{AN},001080000017,,Nguyễn Văn An,19800305,1,01,00004,Số 1 phố Huế,HN1,,,1,,20260901",
    f"{BINH},001185000028,,Trần Thị Bình,19851117,2,01,00004,Số 2 phố Huế,HN2,,,1,,20260901",
    f"{CHAU},001190000039,,Lê Minh Châu,19900130,2,01,00004,Số 3 phố Huế,HN3,,,1,,20260901",
    f"{DUNG},001070000041,,Phạm Tiến Dũng,19700809,1,01,00004,Số 4 phố Huế,HN4,,,1,,20260901",
)
DELTA = (
    f"{BABY},001226000052,,Nguyễn Gia Hân,20260910,2,01,00004,Số 1 phố Huế,HN1,,,1,,20261001,SINH,20260910,",
    f"{DUNG},001070000041,,Phạm Tiến Dũng,19700809,1,01,00004,Số 4 phố Huế,HN4,,,3,20260905,20261001,TU,20260905,",
    f"{BINH},001185000028,,Trần Thị Bình,19851117,2,01,00008,Số 9 phố Liễu Giai,HN2,,,1,,20261001,CHUYEN_DEN,20260907,",
    f"{CHAU},001190000777,,Lê Minh Châu,19900130,2,01,00004,Số 3 phố Huế,HN3,,,1,,20261001,CAP_LAI,20260908,"
    "001190000039",
)
WARD_LIST = """STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Địa chỉ,Cập nhật ngày
1,Nguyễn Văn An,05/03/1980,Nam,001080000017,Số 1 phố Huế,20/08/2026
2,Trần Thị Bình,17/11/1985,Nữ,001185000028,Số 2 phố Huế,20/08/2026
3,Lê Minh Châu,30/01/1990,Nữ,001190000039,Số 3 phố Huế,20/08/2026
4,Phạm Tiến Dũng,09/08/1970,Nam,001070000041,Số 4 phố Huế,20/08/2026
5,Nguyễn Gia Hân,10/09/2026,Nữ,001226000052,Số 1 phố Huế,12/09/2026
"""
LATER_LIST = """STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Địa chỉ,Cập nhật ngày
1,Lê Minh Châu,30/01/1990,Nữ,001190000777,Số 3 phố Huế,20/09/2026
"""


def write_register(path: Path, rows: tuple[str, ...], more: str = "") -> Path:
    path.write_text("\n".join((COLUMNS + more, *rows)) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def built(empty_settings: Settings, tmp_path: Path) -> Settings:
    """The snapshot and a ward's list that names a newborn whom it does not know yet."""
    steps.load_register(empty_settings, write_register(tmp_path / "snapshot.csv", SNAPSHOT))
    path = tmp_path / "list.csv"
    path.write_text(WARD_LIST, encoding="utf-8")
    assert steps.receive(empty_settings, path, "PX00004").accepted == 5
    build(empty_settings)
    return empty_settings


def books(settings: Settings) -> dict[object, tuple[object, ...]]:
    return {
        row[0]: row[1:]
        for row in read_opened(
            settings,
            HEALTH_BOOK,
            "select person_id, full_name, status, ward_code, national_id, death_date::text from book.health_book",
        )
    }


def test_the_books_follow_the_delta(built: Settings, tmp_path: Path) -> None:
    before = books(built)
    [provisional] = [person_id for person_id in before if int(str(person_id)) < 0]
    assert before[provisional][:2] == ("Nguyễn Gia Hân", "provisional")

    steps.load_register(built, write_register(tmp_path / "delta.csv", DELTA, MORE))
    build(built)

    assert books(built) == {
        AN: before[AN],
        BINH: ("Trần Thị Bình", "resident", "00008", "001185000028", None),
        CHAU: ("Lê Minh Châu", "resident", "00004", "001190000777", None),
        DUNG: ("Phạm Tiến Dũng", "deceased", "00004", "001070000041", "2026-09-05"),
        BABY: ("Nguyễn Gia Hân", "resident", "00004", "001226000052", None),
    }


def test_what_was_believed_stays_on_record(built: Settings, tmp_path: Path) -> None:
    """The newborn's provisional link is closed by the build that found her, not overwritten."""
    steps.load_register(built, write_register(tmp_path / "delta.csv", DELTA, MORE))
    run_id = build(built)
    history = read_rows(
        built,
        """
        select l.person_id < 0, l.decision, l.closed_run_id
        from identity.link l join intake.person_record r using (record_id)
        where r.row_no = 6 order by l.link_id""",
    )
    assert history == [(True, "none", run_id), (False, "match", None)]


def test_numbers_issued_anew_and_old_ones_are_both_the_person(built: Settings, tmp_path: Path) -> None:
    steps.load_register(built, write_register(tmp_path / "delta.csv", DELTA, MORE))
    path = tmp_path / "later.csv"
    path.write_text(LATER_LIST, encoding="utf-8")
    steps.receive(built, path, "PX00004")
    build(built)
    assert read_opened(
        built,
        REGISTER_IDENTIFIER,
        f"select national_id, is_active, person_id from identity.register_identifier where person_id = {CHAU} order by 2",
    ) == [("001190000039", False, CHAU), ("001190000777", True, CHAU)]
    links = read_opened(
        built,
        PERSON_RECORD,
        """
        select r.full_name, l.person_id, l.decision, r.record_id
        from identity.link l join intake.person_record r using (record_id) where l.closed_at is null""",
    )
    assert [link[1:3] for link in links if link[0] == "Lê Minh Châu"] == [(CHAU, "match")] * 2


def test_a_snapshot_cancels_whom_it_no_longer_names(built: Settings, tmp_path: Path) -> None:
    newer = tuple(row.replace("20260901", "20260930") for row in SNAPSHOT[:3])
    receipt = steps.load_register(built, write_register(tmp_path / "newer.csv", newer), "chief")
    assert receipt.register_version == 2
    build(built)
    assert read_rows(built, f"select status from identity.register_person where person_id = {DUNG}") == [("cancelled",)]
    assert DUNG not in books(built)
    assert sorted(name for name, *_ in books(built).values()).count("Phạm Tiến Dũng") == 1


def test_the_same_register_again_is_no_version(built: Settings, tmp_path: Path) -> None:
    receipt = steps.load_register(built, tmp_path / "snapshot.csv")
    assert (receipt.register_version, receipt.state, receipt.rows_in) == (1, "known", 0)
    assert read_rows(built, "select count(*) from identity.register_version") == [(1,)]


def test_a_delta_needs_a_snapshot(empty_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        steps.load_register(empty_settings, write_register(tmp_path / "delta.csv", DELTA, MORE))
    assert refused.value.rule_id == "register_out_of_order"
    assert read_rows(empty_settings, "select count(*) from identity.register_version") == [(0,)]


@pytest.mark.parametrize(
    "row",
    [
        SNAPSHOT[0],
        SNAPSHOT[0].replace(f"{AN},", ",", 1),
        SNAPSHOT[0].replace(f"{AN},", "x1,", 1),
        SNAPSHOT[0].replace(f"{AN},", "199,", 1),
    ],
    ids=["person twice", "no number", "number is no number", "ID of two people"],
)
def test_a_register_with_a_wrong_number_is_refused_as_data(empty_settings: Settings, tmp_path: Path, row: str) -> None:
    """Not as a fault of ours: whoever exported it must mend it."""
    with pytest.raises(DataError) as refused:
        steps.load_register(empty_settings, write_register(tmp_path / "snapshot.csv", (*SNAPSHOT, row)))
    assert refused.value.rule_id == "register_number"
    assert "Nguyễn" not in str(refused.value)
    assert read_rows(empty_settings, "select count(*) from identity.register_version") == [(0,)]


def test_waiting_files_come_by_their_day_and_a_bad_one_last(empty_settings: Settings) -> None:
    inbox = empty_settings.inbox_dir / steps.REGISTER_SENDER
    inbox.mkdir(parents=True)
    write_register(
        inbox / "a_delta_of_the_same_day.csv", tuple(row.replace("20261001", "20260901") for row in DELTA), MORE
    )
    write_register(inbox / "b_nothing_but_headings.csv", (), MORE)
    write_register(inbox / "c_snapshot.csv", SNAPSHOT)
    snapshot, delta, bad = steps.waiting_register_files(empty_settings)
    assert [steps.load_register(empty_settings, file).register_version for file in (snapshot, delta)] == [1, 2]
    with pytest.raises(DataError, match="no row"):
        steps.load_register(empty_settings, bad)
    assert [path.name for path in inbox.iterdir()] == ["b_nothing_but_headings.csv"]
