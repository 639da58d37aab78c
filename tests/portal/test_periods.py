"""A month signed off: wards, then the city; the figures stay, and what came out otherwise stands beside."""

import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest

from etl import steps
from etl.errors import ConfigError, HealthbookError
from etl.reports.history import dump_report, load_report
from etl.reports.signing import digest_of
from etl.warehouse import report_days
from etl.warehouse.signatures import read_signatures
from tests.portal.town import OTHER_WARD, WARD, Town

PERIOD, LAST = "2026-09", date(2026, 9, 30)
PLACE = f"/periods/{PERIOD}/wards/{WARD}"


def seen_in(text: str) -> str:
    """The digest of the figures that a page offers to sign."""
    found = re.search(r'name="seen" value="(\w+)"', text)
    assert found is not None
    return found.group(1)


def change_report(town: Town, score: float) -> None:
    """Compute the last day of the month anew, with another total of the ward."""
    with steps.warehouse(town.settings) as connection:
        data = load_report(report_days.read(connection, LAST))
        scores = tuple(
            replace(one, score=score) if (one.scope_code, one.name) == (WARD, "total") else one
            for one in data.scope_scores
        )
        report_days.keep(connection, LAST, dump_report(replace(data, scope_scores=scores)), "another")


def test_a_month_is_signed_by_a_ward_and_then_by_the_city(town: Town) -> None:
    with closing(town.client("officer")) as officer, closing(town.client("manager")) as manager:
        assert "chưa ký" in officer.get("/periods").text
        page = officer.get(PLACE)
        signed = officer.post(PLACE, data={"seen": seen_in(page.text)})
        assert f"{town.account('officer')} đã ký" in signed.text
        assert officer.post(PLACE, data={"seen": seen_in(page.text)}).status_code == 409, "it is signed once"

        city = manager.get(f"/periods/{PERIOD}")
        assert "1 trên 126 phường, xã đã ký" in city.text
        seen = seen_in(city.text)
        assert manager.post(f"/periods/{PERIOD}/city", data={"seen": seen}).status_code == 409, "wards are missing"
        done = manager.post(f"/periods/{PERIOD}/city", data={"seen": seen, "without_missing": "true"})
        assert f"{town.account('manager')} đã ký" in done.text
    with steps.warehouse(town.settings) as connection, connection.cursor() as cursor:
        ward, whole = read_signatures(connection, PERIOD)
        cursor.execute("select actor, subject from audit.event where action = 'period.signed' order by event_id")
        audited = cursor.fetchall()
    assert audited == [
        (town.account("officer"), f"period {PERIOD} ward {WARD}"),
        (town.account("manager"), f"period {PERIOD} city HN"),
    ]
    assert digest_of(ward.figures) == ward.digest
    figures = json.loads(whole.figures)
    assert len(figures["wards_missing"]) == 125
    assert WARD not in figures["wards_missing"]
    assert figures["rows"]["rows_in"] == sum(
        figures["rows"][name] for name in ("accepted", "quarantined", "duplicate", "withdrawn")
    )
    assert ward.reported_on == whole.reported_on == LAST


def test_what_was_signed_stays_and_what_came_out_otherwise_stands_beside(town: Town) -> None:
    with closing(town.client("officer")) as officer:
        assert "Báo cáo của tháng đến nay không thay đổi" in officer.get(PLACE).text
        change_report(town, 12.34)
        page = officer.get(PLACE).text
    assert "số liệu của tháng đã thay đổi" in page
    row = re.search(r'<tr class="differs">.*?</tr>', page, re.DOTALL)
    assert row is not None
    cells = re.findall(r'<td class="n">(?:<strong>)?([^<]+)', row.group(0))
    assert cells[1] == "12,34"
    assert cells[0] not in ("12,34", "–")
    with closing(town.client("manager")) as manager:
        assert "khác so với lúc ký" in manager.get(f"/periods/{PERIOD}").text


def test_figures_that_changed_since_they_were_shown_are_not_signed(town: Town) -> None:
    with closing(town.client("other_officer")) as officer:
        place = f"/periods/{PERIOD}/wards/{OTHER_WARD}"
        assert officer.post(place, data={"seen": "0" * 64}).status_code == 409
        assert officer.post(place).status_code == 409
    with pytest.raises(ConfigError, match="changed since"):
        steps.sign_ward(town.settings, PERIOD, OTHER_WARD, "somebody", "0" * 64)


def test_who_signs_for_whom(town: Town) -> None:
    with closing(town.client("other_officer")) as officer:
        assert officer.get(PLACE).status_code == 404
        assert officer.post(PLACE, data={"seen": "x"}).status_code == 403
        assert officer.get(f"/periods/{PERIOD}").status_code == 403
        assert officer.post(f"/periods/{PERIOD}/city").status_code == 403
    with closing(town.client("manager")) as manager:
        assert manager.post(f"/periods/{PERIOD}/wards/{OTHER_WARD}", data={"seen": "x"}).status_code == 403
        assert "cannot" not in manager.get(f"/periods/{PERIOD}/wards/{OTHER_WARD}").text
        assert manager.get("/periods/2026-13").status_code == 404
        assert manager.get(f"/periods/{PERIOD}/wards/99999").status_code == 404
    for account in ("steward", "reader", "engineer"):
        with closing(town.client(account)) as client:
            assert client.get("/periods").status_code == 403


def test_a_month_that_is_not_over_or_has_no_report_is_not_signed(town: Town) -> None:
    with closing(town.client("officer")) as officer:
        for period, words in (("2026-10", "chưa kết thúc"), ("2026-08", "không có báo cáo")):
            page = officer.get(f"/periods/{period}/wards/{WARD}")
            assert words in page.text
            assert 'name="seen"' not in page.text
            assert officer.post(f"/periods/{period}/wards/{WARD}", data={"seen": "x"}).status_code == 409
    for period, words in (("2026-10", "not over"), ("2026-08", "no day of it"), ("2026-9", "no month")):
        with pytest.raises(ConfigError, match=words):
            steps.sign_city(town.settings, period, "somebody", without_missing=True)
    with pytest.raises(ConfigError, match="no ward"):
        steps.sign_ward(town.settings, PERIOD, "99999", "somebody")
    with pytest.raises(ConfigError, match="names nobody"):
        steps.sign_ward(town.settings, PERIOD, OTHER_WARD, " ")
    with pytest.raises(ConfigError, match="signed already"):
        steps.sign_ward(town.settings, PERIOD, WARD, "somebody")


def test_a_signature_is_never_changed(town: Town) -> None:
    for statement in ("update quality.signature set figures = '{}'", "delete from quality.signature"):
        with pytest.raises(HealthbookError, match="42501"), steps.warehouse(town.settings) as connection:
            connection.cursor().execute(statement)


def test_figures_that_are_not_what_was_signed_are_told(town: Town) -> None:
    with steps.warehouse(town.settings) as connection, connection.cursor() as cursor:
        cursor.execute("alter table quality.signature disable trigger append_only")
        cursor.execute("update quality.signature set digest = repeat('0', 64) where scope_kind = 'ward'")
        cursor.execute("alter table quality.signature enable trigger append_only")
    with closing(town.client("officer")) as officer:
        assert "mã băm không khớp" in officer.get(PLACE).text
