"""Every dialect and container: the samples are what the generator writes, and are read back as they were written."""

import gzip
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from etl import sources
from etl.contracts.reading import Sender
from etl.errors import DataError
from etl.sample.xml_dialects import DialectSample, make_samples, write_dialects
from etl.sources.limits import Limits

FOLDER = Path(__file__).parents[2] / "data_samples" / "formats" / "hospital_xml"
HOSPITAL = Sender("CS01929", "hospital", "", facility_code="01929")
SAMPLES = make_samples()


def read_back(path: Path, limits: Limits | None = None) -> tuple[dict[str, pa.Table], set[str]]:
    chunks = list(sources.read(path, sources.recognise(path), HOSPITAL, limits))
    names = {name for chunk in chunks for name in chunk.tables}
    tables = {
        name: pa.concat_tables([c.tables[name] for c in chunks if name in c.tables], promote_options="default")
        for name in names
    }
    return tables, {remark.rule_id for chunk in chunks for remark in chunk.remarks}


def sent(sample: DialectSample, tag: str, *kinds: str) -> list[str]:
    """The values of a tag in the order of the visits."""
    return [
        str(line[tag])
        for visit in sample.visits
        for kind in kinds
        for line in visit.parts.get(kind, ())
        if line.get(tag, "") != ""
    ]


def test_they_are_what_the_generator_writes(tmp_path: Path) -> None:
    write_dialects(tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kept = {path.relative_to(FOLDER): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    for one in (made, kept):
        one[Path("day.xml.gz")] = gzip.decompress(one[Path("day.xml.gz")])
    assert made == kept
    assert sum(map(len, kept.values())) < 500_000


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_what_was_written_is_read_back(sample: DialectSample) -> None:
    path = FOLDER / sample.name
    assert sources.recognise(path).dialect == sample.dialect
    tables, rules = read_back(path)
    assert rules == sample.rules | {sample.signature}
    people = tables["person_record"]
    assert people["row_no"].to_pylist() == list(range(1, len(sample.visits) + 1))
    first = ("XML1", "CHECKIN", "XML12")
    from unicodedata import normalize

    names = [normalize("NFC", name) for name in people["full_name"].to_pylist()]
    assert names == sent(sample, "HO_TEN", *first)
    assert [one for one in people["national_id"].to_pylist() if one] == sent(sample, "SO_CCCD", *first)
    assert people["birth_date"].to_pylist() == sent(sample, "NGAY_SINH", *first)
    cards = sent(sample, "MA_THE_BHYT", *first) + sent(sample, "MA_THE", *first) + sent(sample, "MA_BHXH", *first)
    assert sorted(one for one in people["insurance_no"].to_pylist() if one) == sorted(cards)
    drugs = sent(sample, "TEN_THUOC", "XML2", "CHECKIN")
    found = tables["medication"]["drug_name"].to_pylist() if "medication" in tables else []
    assert [name for name in found if name != "Phác đồ ARV"] == drugs
    assert _count(tables, "service") == sum(len(visit.parts.get("XML3", ())) for visit in sample.visits) + len(
        sent(sample, "TEN_DICH_VU", "CHECKIN")
    )
    assert _count(tables, "encounter") == len(sent(sample, "MA_LK", "XML1", "CHECKIN"))


def _count(tables: dict[str, pa.Table], name: str) -> int:
    return tables[name].num_rows if name in tables else 0


def test_a_stay_has_its_papers() -> None:
    tables, _ = read_back(FOLDER / "qd4750_single.xml")
    [stay] = tables["encounter"].to_pylist()
    assert stay["discharge_note"] == "Tái khám sau 7 ngày"
    assert (stay["referred_to_code"], stay["follow_up_on"]) == ("01006", "202609120800")
    assert "Tỉnh, tiếp xúc tốt" in stay["clinical_course"]
    assert "Bạch cầu tăng" in stay["clinical_course"]
    [surgery] = tables["history"].to_pylist()
    assert (surgery["kind"], surgery["stated_on"]) == ("surgery", "202609021000")


def test_the_older_decision_has_its_own_tags() -> None:
    tables, _ = read_back(FOLDER / "qd4210.xml")
    first = tables["encounter"].to_pylist()[0]
    assert (first["main_icd10_code"], first["diagnosis_text"], first["discharge_code"]) == ("J18.9", "Viêm phổi", "1")
    assert tables["diagnosis"]["icd10_code"].to_pylist()[:3] == ["J18.9", "I10", "E11"]
    assert "Đỡ sốt" in first["clinical_course"]


def test_hiv_is_restricted_from_the_reader_on() -> None:
    tables, _ = read_back(FOLDER / "hiv.xml")
    for name in ("encounter", "diagnosis", "medication", "lab_result", "history"):
        flags = {(row["row_no"], row["is_restricted"]) for row in tables[name].to_pylist()}
        assert flags <= {(1, "true"), (2, None)}, name
        assert (1, "true") in flags


def test_mother_and_child_are_not_mixed() -> None:
    tables, _ = read_back(FOLDER / "birth.xml")
    mother, child = tables["person_record"].to_pylist()
    assert (mother["guardian_name"], child["guardian_name"]) == (None, "Nguyễn Thị An")
    [birth] = tables["history"].to_pylist()
    assert (birth["row_no"], birth["kind"]) == (1, "reproductive")
    assert "Nguyễn Bé" not in str(tables), "the child's name is not the mother's to carry"
    weights = {row["row_no"]: row["value_number"] for row in tables["vital_sign"].to_pylist()}
    assert weights == {1: "61.5", 2: "3.1"}


def test_papers_become_history() -> None:
    tables, _ = read_back(FOLDER / "papers.xml")
    assert [(row["row_no"], row["kind"]) for row in tables["history"].to_pylist()] == [
        (1, "reproductive"),
        (2, "disability"),
        (3, "disease"),
    ]


def test_the_signature_is_verified_where_the_certificate_is_known(tmp_path: Path) -> None:
    limits = Limits(certificates_dir=FOLDER / "certificates")
    assert read_back(FOLDER / "signed.xml", limits)[1] == {"signature_valid"}
    assert read_back(FOLDER / "qd3176.xml", limits)[1] == {"signature_absent"}
    small = replace(limits, max_signed_bytes=1_000)
    assert read_back(FOLDER / "signed.xml", small)[1] == {"signature_unverified"}
    changed = tmp_path / "changed.xml"
    changed.write_bytes((FOLDER / "signed.xml").read_bytes().replace(b"<NGAYLAP>20260901", b"<NGAYLAP>20260902"))
    with pytest.raises(DataError) as refusal:
        read_back(changed, limits)
    assert refusal.value.rule_id == "signature_invalid"
