"""What the law restricts (HIV) is kept, and stands in nobody's book."""

import re
from base64 import b64decode, b64encode
from pathlib import Path

from etl import steps
from etl.settings import Settings
from tests.pipeline.city import build, read_rows
from tests.pipeline.conftest import Hamlet

CODE = "B20.1"


def diagnose(envelope: str) -> str:
    """The first visit's main diagnosis becomes one of HIV."""

    def replace(part: re.Match[str]) -> str:
        inner = b64decode(part[2]).decode()
        changed = re.sub(r"<MA_BENH_CHINH>[^<]*<", f"<MA_BENH_CHINH>{CODE}<", inner)
        assert changed != inner
        changed = changed.replace("<MA_LK>", "<MA_LK>9", 1)  # a visit of its own, that replaces none
        return part[1] + b64encode(changed.encode()).decode() + part[3]

    pattern = r"(<LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>)([^<]*)(</NOIDUNGFILE>)"
    return re.sub(pattern, replace, envelope, count=1)


def test_a_restricted_visit_stands_beside_the_book_and_not_in_it(
    hamlet: Hamlet, own_hamlet: Settings, tmp_path: Path
) -> None:
    envelope = next(path for path in hamlet.files if path.suffix == ".xml")
    changed = tmp_path / "changed.xml"
    changed.write_text(diagnose(envelope.read_text(encoding="utf-8")), encoding="utf-8")
    receipt = steps.receive(own_hamlet, changed, envelope.parent.name)
    assert receipt.accepted == 1, "all other visits came before"
    build(own_hamlet)

    [(record_id, person_id, in_visit)] = read_rows(
        own_hamlet,
        f"""
        select d.record_id, d.person_id, e.is_restricted from book.diagnosis d join book.encounter e using (record_id)
        where d.icd10_code = '{CODE}' and d.is_restricted and d.batch_id = {receipt.batch_id}""",
    )
    assert in_visit, "what was given and measured in that visit would tell of it"
    [(book,)] = read_rows(own_hamlet, f"select to_jsonb(b)::text from book.person_book b where person_id = {person_id}")
    assert CODE not in str(book)
    sections = ("encounters", "history", "allergies", "immunisations", "diagnoses_outside_encounters")
    for section in sections:
        assert not read_rows(
            own_hamlet,
            f"""
            select 1 from book.person_book b, jsonb_array_elements(b.{section}) x
            where (x ->> 'record_id')::bigint = {record_id}""",
        ), section
