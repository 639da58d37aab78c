"""Nothing known is said apart from nothing asked, and one who found something outweighs all who found nothing."""

from datetime import date
from typing import Any

from etl.contracts.book import SECTIONS
from etl.warehouse.migrate import SQL_DIR
from tests.books.given import Rows, books, record

EARLIER, LATER = date(2026, 1, 1), date(2026, 9, 1)


def said(record_id: int, line_no: int = 1, **told: Any) -> dict[str, Any]:
    return {"record_id": record_id, "batch_id": 1, "row_no": record_id, "line_no": line_no, **told}


def sections(**lines: Rows) -> dict[str, tuple[str, bool, int]]:
    """Per section its state, whether somebody says otherwise, and the row that it comes from."""
    found = books([record(n, full_name="Lê Lợi") for n in (1, 2, 3)], {1: -1, 2: -1, 3: -1}, **lines)["section"]
    return {row["section"]: (row["state"], row["is_contradicted"], row["row_no"]) for row in found}


def test_none_known_is_not_the_same_as_not_asked() -> None:
    assert sections(
        allergy=[said(1, is_none_known=True, stated_on=EARLIER), said(2, is_none_known=True, stated_on=LATER)],
        history=[said(1, kind="smoking", statement="Không", is_none_known=True)],
    ) == {"allergy": ("none_known", False, 2), "smoking": ("none_known", False, 1)}


def test_what_was_found_outweighs_a_later_nothing_and_says_that_they_disagree() -> None:
    assert sections(
        allergy=[said(1, substance="Penicillin", stated_on=EARLIER), said(2, is_none_known=True, stated_on=LATER)],
        history=[
            said(1, kind="disease", statement="Tăng huyết áp", stated_on=EARLIER),
            said(3, kind="disease", statement="Hen", stated_on=LATER),
        ],
    ) == {"allergy": ("filled", True, 1), "disease": ("filled", False, 3)}


def test_no_vaccine_is_said_in_words() -> None:
    assert sections(immunisation=[said(1, vaccine_name=" Chưa tiêm ")]) == {"vaccination": ("none_known", False, 1)}
    assert sections(immunisation=[said(1, vaccine_name="Chưa tiêm"), said(2, vaccine_name="BCG")]) == {
        "vaccination": ("filled", True, 2)
    }


def test_what_says_nothing_or_may_not_be_told_leaves_a_section_unasked() -> None:
    assert (
        sections(
            allergy=[said(1)],
            history=[
                said(1, kind="disease", statement="Chăm sóc và điều trị HIV", is_restricted=True),
                said(2, kind="smoking"),
            ],
        )
        == {}
    )


def test_the_view_fills_in_every_section_of_the_contract() -> None:
    text = (SQL_DIR / "views" / "book.person_section.sql").read_text(encoding="utf-8")
    listed = text.split("array[")[1].split("]")[0]
    assert tuple(name.strip(" \n'") for name in listed.split(",")) == SECTIONS
