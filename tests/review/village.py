"""A village in which some records can only be decided by a person: twins, namesakes, a newcomer, a number lent."""

from pathlib import Path

from etl import steps
from etl.settings import Settings
from tests.pipeline.city import build, read_rows
from tests.pipeline.test_register import COLUMNS

SENDER, OTHER_SENDER = "PX00004", "PX00070"
AN, TWIN, LAN, OTHER_LAN, HOA = 101, 102, 103, 104, 105
SURE, LENT, DOUBLE, NEW, NEW_AGAIN, DEAD = 2, 3, 4, 5, 6, 7
"""Row numbers of the list: the header is row 1."""
PEOPLE = (
    f"{AN},001080000017,,Nguyễn Văn An,19800305,1,01,00004,Số 1 phố Huế,HN1,,0912345671,1,,20260901",
    f"{TWIN},001080000028,,Nguyễn Văn Bình,19800305,1,01,00004,Số 1 phố Huế,HN1,,0912345671,1,,20260901",
    f"{LAN},001190000039,,Lê Thị Lan,19900130,2,01,00008,Số 3 phố Liễu Giai,HN3,,,1,,20260901",
    f"{OTHER_LAN},001190074182,,Lê Thị Lan,19900130,2,01,00008,Số 9 phố Đội Cấn,HN4,,,1,,20260901",
    f"{HOA},001160000052,,Phạm Thị Hoa,19600809,2,01,00004,Số 4 phố Huế,HN5,,,3,20260101,20260901",
)
OTHERS = tuple(
    f"{200 + n},0010{50 + n % 50}9{n:05d},,{family} {middle} {given},{1950 + n % 50}{1 + n % 12:02d}{2 + n % 26:02d},1,01,"
    f"00004,Số {n} phố Lò Đúc,HX{n},,,1,,20260901"
    for n, (family, middle, given) in enumerate(
        (family, middle, given)
        for family in ("Đỗ", "Vũ", "Bùi")
        for middle in ("Đức", "Minh", "Quang", "Hữu")
        for given in ("Dũng", "Hùng", "Long", "Sơn", "Tùng")
    )
)
NAMED = [row.split(",") for row in OTHERS]
"""The columns of the others: number, ID, old ID, name, birth date, …, address."""


def _visit(number: str, person: list[str], citizen_id: str) -> str:
    born = person[4]
    return f"{number},{number},{person[3]},{born[6:]}/{born[4:6]}/{born[:4]},Nam,{citizen_id},{person[8]},20/08/2026"


VISITS = "\n".join(
    (
        "STT,Mã hồ sơ,Họ và tên,Ngày sinh,Giới,Số CCCD,Địa chỉ,Cập nhật ngày",
        *(_visit(f"BN{n}", NAMED[n], NAMED[n][1]) for n in range(30)),
        *(_visit(f"BN{n}", NAMED[n], "") for n in range(30, 40)),
        _visit("BN0", NAMED[50], NAMED[50][1]),
        "BN60,BN60,Lê Thị Lan,30/01/1990,Nữ,001190000039,Số 3 phố Liễu Giai,20/08/2026",
        "",
    )
)
"""Sure links, ten by weight, and one patient number that was given out twice."""
LIST = """STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Địa chỉ,Cập nhật ngày
1,Nguyễn Văn An,05/03/1980,Nam,001080000017,Số 1 phố Huế,20/08/2026
2,Nguyễn Văn Cường,05/03/1980,Nam,001080000017,Số 1 phố Huế,20/08/2026
3,Lê Thị Lan,30/01/1990,Nữ,,,20/08/2026
4,Trịnh Quốc Toản,07/07/2001,Nam,001201000063,Số 8 phố Huế,20/08/2026
5,Trịnh Quốc Toản,07/07/2001,Nam,001201000063,Số 8 phố Huế,25/08/2026
6,Phạm Thị Hoa,09/08/1960,Nữ,001160000052,Số 4 phố Huế,20/08/2026
"""

STRANGERS = """STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Điện thoại,Địa chỉ,Cập nhật ngày
1,Trịnh Quốc Toàn,07/07/2001,Nam,,0987654321,Số 8 phố Huế,21/08/2026
2,Trịnh Quốc Toàn,07/07/2001,Nam,,0987654321,Số 8 phố Huế,22/08/2026
3,Trịnh Quốc Toan,17/07/2001,Nam,,0987654321,,23/08/2026
4,Mạc Thị Sen,02/02/1955,Nữ,,,,23/08/2026
5,Mạc Thị Sen,1955,Nữ,,0911222333,,24/08/2026
"""
"""People whom the register does not know either: some may be the newcomer of the first list."""


def fill(settings: Settings, folder: Path) -> None:
    """Register, list and a first build."""
    (folder / "register.csv").write_text("\n".join((COLUMNS, *PEOPLE, *OTHERS)) + "\n", encoding="utf-8")
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    steps.load_register(settings, folder / "register.csv")
    (folder / "visits.csv").write_text(VISITS, encoding="utf-8")
    assert steps.receive(settings, folder / "list.csv", SENDER).accepted == 6
    assert steps.receive(settings, folder / "visits.csv", "PX00008").accepted == 42
    build(settings)


def record_of(settings: Settings, row_no: int) -> int:
    """The number of the record of a row of the list."""
    [(record_id,)] = read_rows(
        settings,
        f"select record_id from intake.person_record where row_no = {row_no} and sender_code = '{SENDER}'"
        " order by batch_id limit 1",
    )
    return int(str(record_id))


def rule(
    settings: Settings, row_no: int, verdict: str, person_id: int | None = None, actor: str = "thu", **more: object
) -> dict[str, object]:
    """Rule on the record of a row."""
    record_id = record_of(settings, row_no)
    chosen = steps.default_person(settings, record_id, verdict) if person_id is None else person_id
    reason = str(more.pop("reason", "documents"))
    return steps.decide(settings, steps.Ruling(record_id, chosen, verdict, reason, actor, **more))  # type: ignore[arg-type]


def link_of(settings: Settings, row_no: int) -> tuple[object, ...]:
    """What is believed of a row: person, decision, rule, actor."""
    [link] = read_rows(
        settings,
        "select person_id, decision, rule, l.actor from identity.link l join intake.person_record using (record_id)"
        f" where closed_at is null and row_no = {row_no} and sender_code = '{SENDER}'",
    )
    return link


def links_of(settings: Settings) -> dict[object, tuple[object, ...]]:
    """What is believed of every row."""
    return {
        row: tuple(rest)
        for row, *rest in read_rows(
            settings,
            "select row_no, person_id, decision, rule, candidate_person_id from identity.link"
            f" join intake.person_record using (record_id) where closed_at is null and sender_code = '{SENDER}'"
            " order by row_no",
        )
    }


def history_of(settings: Settings, row_no: int) -> list[tuple[object, ...]]:
    """Every link that a row ever had, oldest first, with all that was written of it."""
    return read_rows(
        settings,
        "select to_jsonb(l)::text from identity.link l join intake.person_record using (record_id)"
        f" where row_no = {row_no} and sender_code = '{SENDER}' order by link_id",
    )


def book_of(settings: Settings, person_id: int) -> list[tuple[object, ...]]:
    """How many records a person's book holds; empty without a book."""
    return read_rows(settings, f"select record_count from book.health_book where person_id = {person_id}")


def add_strangers(settings: Settings, folder: Path) -> None:
    """Take in the second list, and build."""
    (folder / "strangers.csv").write_text(STRANGERS, encoding="utf-8")
    assert steps.receive(settings, folder / "strangers.csv", OTHER_SENDER).accepted == 5
    build(settings)


def strangers_of(settings: Settings) -> list[int]:
    """The records of the second list, in its order."""
    query = f"select record_id from intake.person_record where sender_code = '{OTHER_SENDER}' order by row_no"
    return [int(str(record_id)) for (record_id,) in read_rows(settings, query)]
