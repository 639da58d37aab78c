"""Errors planted into clean rows as senders write them, and what each rule then says: its precision and recall.

    python -m tests.quality.planted [ROWS]
Rows go through standardising and the gate as those of a file do. Everybody is invented. A row gets one error; where that
breaks other rules too by its nature, `IMPLIED` says so.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from etl.contracts import TABLES
from etl.contracts.reading import CheckResult, Sender
from etl.quality.catalogue import Rule, catalogue
from etl.quality.gate import check
from etl.standardise.records import standardise_table

RECEIVED_ON = date(2026, 10, 1)
HOSPITAL = Sender("CS01929", "hospital", "Bệnh viện mẫu", facility_code="01929")
FAMILIES, MIDDLES, GIVEN = "Nguyễn Trần Lê Phạm Hoàng Vũ", "Văn Thị Minh Thu Đức Ngọc", "An Bình Hoa Lan Sơn Tùng Yến"
ROWS, EACH = 4_000, 6
PERSON, VISIT = "person_record", "encounter"
ERRORS: dict[str, list[tuple[str, dict[str, str | None]]]] = {
    "name_missing": [(PERSON, {"full_name": None})],
    "name_unusable": [(PERSON, {"full_name": name}) for name in ("test", "???", "-")],
    "birth_date_missing": [(PERSON, {"birth_date": None})],
    "birth_date_unreadable": [(PERSON, {"birth_date": text}) for text in ("31/02/1990", "không nhớ", "12/13/1890")],
    "birth_date_future": [(PERSON, {"birth_date": "17/05/2087", "national_id": None})],
    "birth_after_receipt": [(PERSON, {"birth_date": "17/10/2026", "national_id": None})],
    "birth_after_statement": [(PERSON, {"birth_date": "17/09/2026", "national_id": None})],
    "birth_year_plausible": [(PERSON, {"birth_date": "17/05/1900", "national_id": None})],
    "birth_date_whole": [(PERSON, {"birth_date": text, "national_id": None}) for text in ("1958", "05/1958")],
    "birth_date_unambiguous": [(PERSON, {"birth_date": text, "national_id": None}) for text in ("01/01/1958", "05/17/1987", "17/05/87")],
    "name_without_digits": [(PERSON, {"full_name": "Lê Thị Hoa 2"})],
    "name_whole": [(PERSON, {"full_name": "Ng. T. Lan"})],
    "name_in_unicode": [(PERSON, {"full_name": "Nguye\u0302\u0303n Va\u0306n An"}), (PERSON, {"full_name": "Ðỗ Thị Hoa"}), (PERSON, {"full_name": "Lê\u200b Thị Hoa"})],
    "name_of_newborn": [(PERSON, {"full_name": "Con bà Trần Thị Bình"})],
    "name_without_formula": [(PERSON, {"full_name": "=Lê Thị Hoa"})],
    "sex_missing": [(PERSON, {"sex": None})],
    "sex_unreadable": [(PERSON, {"sex": "x"}), (PERSON, {"sex": "9"})],
    "national_id_missing": [(PERSON, {"national_id": None})],
    "national_id_form": [(PERSON, {"national_id": text}) for text in ("1087000123", "00108700A123", "0010870001234")],
    "national_id_placeholder": [(PERSON, {"national_id": text}) for text in ("000000000000", "999999999999")],
    "national_id_is_new": [(PERSON, {"national_id": "012345678"})],
    "national_id_prefix": [(PERSON, {"national_id": "=prefix"})],
    "national_id_agrees_with_sex": [(PERSON, {"national_id": "=sex"})],
    "national_id_agrees_with_year": [(PERSON, {"national_id": "=year"})],
    "national_id_of_one_person": [(PERSON, {"national_id": "=other", "birth_date": "=other", "sex": "=other"})],
    "insurance_no_form": [(PERSON, {"insurance_no": text}) for text in ("GD40101234567", "không có thẻ số", "12")],
    "insurance_no_of_one_person": [(PERSON, {"insurance_no": "=other"})],
    "phone_missing": [(PERSON, {"phone": None})],
    "phone_form": [(PERSON, {"phone": text}) for text in ("091234", "0000000000")],
    "phone_of_few": [(PERSON, {"phone": "0987654321"})] * 12,
    "ward_missing": [(PERSON, {"ward_code": None})],
    "ward_unknown": [(PERSON, {"ward_code": "99999"}), (PERSON, {"ward_code": "Phường Không Đâu"})],
    "ward_certain": [(PERSON, {"ward_code": "00007"})],
    "address_missing": [(PERSON, {"address": None})],
    "guardian_given": [(PERSON, {"birth_date": "17/05/2024", "national_id": None})],
    "statement_dated": [(PERSON, {"as_of_date": None})],
    "statement_not_future": [(PERSON, {"as_of_date": "17/11/2026"})],
    "row_repeated": [(PERSON, {"row_digest": "=other"})],
    "encounter_start_missing": [(VISIT, {"started_at": None})],
    "encounter_start_unreadable": [(VISIT, {"started_at": "202613450000"})],
    "encounter_ends_after_start": [(VISIT, {"ended_at": "202608051030"})],
    "encounter_after_birth": [(VISIT, {"started_at": "194001010800", "ended_at": "194001020800"})],
    "encounter_not_future": [(VISIT, {"started_at": "202611150930", "ended_at": "202611151030"})],
    "encounter_diagnosed": [(VISIT, {"main_icd10_code": None})],
    "encounter_signed": [(VISIT, {"clinician_code": None})],
    "encounter_sent_once": [(VISIT, {"source_encounter_id": "=other"})],
    "encounter_facility_missing": [(VISIT, {"facility_code": None})],
    "encounter_end_missing": [(VISIT, {"ended_at": None})],
    "stay_length_plausible": [(VISIT, {"started_at": "202408150930"})],
    "main_diagnosis_allowed": [(VISIT, {"main_icd10_code": code}) for code in ("G63.2", "V03.1", "B96.2")],
    "icd10_known": [("diagnosis", {"icd10_code": code}) for code in ("J99.99", "XX1", "?")],
    "diagnosis_suits_sex": [("diagnosis", {"icd10_code": "=other_sex"})],
    "diagnosis_suits_age": [("diagnosis", {"icd10_code": "P59.9"})],
    "height_plausible": [("height", {"value_number": "1650"})],
    "weight_plausible": [("weight", {"value_number": "600"})],
    "pulse_plausible": [("pulse", {"value_number": "750"})],
    "temperature_plausible": [("temperature", {"value_number": "368"})],
    "systolic_plausible": [("systolic", {"value_number": "1200"})],
    "diastolic_plausible": [("diastolic", {"value_number": "8"})],
    "systolic_above_diastolic": [("systolic", {"value_number": "79"})],
    "weight_suits_height": [("height", {"value_number": "65"})],
    "result_unit_given": [("Glucose", {"unit": None})],
    "glucose_plausible": [("Glucose", {"value_text": "540"})],
    "hba1c_plausible": [("HbA1c", {"value_text": "65"})],
    "haemoglobin_plausible": [("Huyết sắc tố", {"value_text": "13,5"})],
    "creatinine_plausible": [("Creatinin", {"value_text": "0,9"})],
    "potassium_plausible": [("Kali", {"value_text": "41"})],
    "dose_dated": [("immunisation", {"given_on": None})],
    "dose_after_birth": [("immunisation", {"given_on": "17/05/1949"})],
    "dose_not_future": [("immunisation", {"given_on": "17/11/2026"})],
    "dose_suits_age": [("immunisation", {"vaccine_name": "Gardasil 9", "given_on": "=soon"})],
    "dose_number_plausible": [("immunisation", {"dose_no": "2026"})],
    "drug_quantity_positive": [("medication", {"quantity": "0"}), ("medication", {"quantity": "-3"})],
    "drug_dosage_missing": [("medication", {"dosage": None})],
    "service_after_order": [("service", {"done_at": "202608150700"})],
    "service_quantity_positive": [("service", {"quantity": "-1"})],
}  # fmt: skip
"""Rule -> what is written in place of a clean row's value. `=…` is made of the row itself, or of another one."""
BORN_LATE = {"national_id_missing", "guardian_given", "encounter_after_birth", "dose_after_birth", "dose_suits_age"}
IMPLIED = {
    "birth_date_future": BORN_LATE | {"birth_after_receipt", "birth_after_statement"},
    "birth_after_receipt": BORN_LATE | {"birth_date_future", "birth_after_statement"},
    "birth_after_statement": BORN_LATE | {"birth_date_future"},
    "dose_after_birth": {"dose_suits_age"},
    "height_plausible": {"weight_suits_height"},
    "weight_plausible": {"weight_suits_height"},
}
"""What else an error breaks by its nature, where any row that was planted for it does."""


@dataclass
class Row:
    """One source row: its lines by table, or by the kind of measurement or test where a table has several."""

    row_no: int
    lines: dict[str, dict[str, Any]]


def invent_row(row_no: int, random: Random) -> Row:
    """A row in which no rule finds anything."""
    is_male = random.random() < 0.5
    born = date(1950, 1, 1) + timedelta(days=random.randrange(21_000))
    born = born.replace(day=13 + born.day % 15)
    century = (0 if is_male else 1) + (2 if born.year >= 2000 else 0)
    person = {
        "full_name": " ".join(random.choice(words.split()) for words in (FAMILIES, MIDDLES, GIVEN)),
        "birth_date": f"{born:%d/%m/%Y}",
        "sex": "Nam" if is_male else "Nữ",
        "national_id": f"001{century}{born:%y}{row_no:06}",
        "insurance_no": f"GD401{row_no + 10**9:010}",
        "phone": f"091{row_no:07}",
        "address": f"Số {row_no} phố Hàng Mẫu",
        "ward_code": "00004",
        "ethnic_code": "01",
        "as_of_date": "15/08/2026",
        "row_digest": f"{row_no:032}",
        "sender_code": HOSPITAL.sender_code,
    }
    visit = {
        "source_encounter_id": f"KB{row_no}", "visit_type_code": "01", "facility_code": "01929", "outcome_code": "1",
        "started_at": "202608150930", "ended_at": "202608151030", "main_icd10_code": "J06.9", "clinician_code": "001/HNO",
    }  # fmt: skip
    signs = {
        "height": "165",
        "weight": "60",
        "systolic": "120",
        "diastolic": "80",
        "pulse": "75",
        "temperature": "36,8",
    }
    tests = {
        "Glucose": ("5,4", "mmol/L"), "HbA1c": ("6,1", "%"), "Huyết sắc tố": ("135", "g/L"),
        "Creatinin": ("80", "µmol/L"), "Kali": ("4,1", "mmol/L"),
    }  # fmt: skip
    lines: dict[str, dict[str, Any]] = {
        PERSON: person,
        VISIT: visit,
        "diagnosis": {"icd10_code": random.choice(["J06.9", "I10", "E11.9"]), "diagnosed_on": "15/08/2026"},
        "immunisation": {"vaccine_name": "MMR", "dose_no": "1", "given_on": "15/08/2026"},
        "medication": {"drug_name": "Paracetamol", "quantity": "20", "dosage": "1 viên x 2 lần"},
        "service": {"service_name": "Khám", "quantity": "1", "ordered_at": "202608150930", "done_at": "202608151000"},
        **{name: {"sign": name, "value_number": value} for name, value in signs.items()},
        **{name: {"test_name": name, "value_text": value, "unit": unit} for name, (value, unit) in tests.items()},
    }
    return Row(row_no, lines)


TABLE_OF = {
    **dict.fromkeys(("height", "weight", "systolic", "diastolic", "pulse", "temperature"), "vital_sign"),
    **dict.fromkeys(("Glucose", "HbA1c", "Huyết sắc tố", "Creatinin", "Kali"), "lab_result"),
}


def _born(row: Row) -> date:
    day, month, year = map(int, row.lines[PERSON]["birth_date"].split("/"))
    return date(year, month, day)


def _made(text: str, field: str, row: Row, other: Row) -> str:
    """What a mark `=…` stands for."""
    number = str(row.lines[PERSON].get("national_id"))
    made: dict[str, Callable[[], str]] = {
        "=other": lambda: str(next(line[field] for line in other.lines.values() if field in line)),
        "=prefix": lambda: "099" + number[3:],
        "=sex": lambda: number[:3] + str(int(number[3]) ^ 1) + number[4:],
        "=year": lambda: number[:4] + f"{(int(number[4:6]) + 7) % 100:02}" + number[6:],
        "=other_sex": lambda: "N70.0" if row.lines[PERSON]["sex"] == "Nam" else "N41.0",
        "=soon": lambda: f"{_born(row) + timedelta(days=400):%d/%m/%Y}",
    }
    return made[text]() if text in made else text


def plant(rows: list[Row], random: Random) -> dict[str, set[int]]:
    """Plant every error into rows of its own; gives the numbers of the rows that each rule must find."""
    free = iter(random.sample(rows, len(rows)))
    expected: dict[str, set[int]] = {rule_id: set() for rule_id in ERRORS}
    for rule_id, variants in ERRORS.items():
        for line, patch in variants * -(-EACH // len(variants)):
            row, other = sorted((next(free), next(free)), key=lambda one: one.row_no)
            spoiled = {field: text and _made(text, field, row=other, other=row) for field, text in patch.items()}
            other.lines[line].update(spoiled)
            expected[rule_id].add(other.row_no)
            if "=other" in patch.values() and rule_id.endswith("_of_one_person"):
                expected[rule_id].add(row.row_no)
            if patch.get("national_id", "") is None and rule_id != "national_id_missing":
                expected["national_id_missing"].add(other.row_no)
            for implied in IMPLIED.get(rule_id, ()):
                expected[implied].add(other.row_no)
    return expected


def stage(rows: list[Row]) -> dict[str, pa.Table]:
    """The rows as standardising leaves them."""
    gathered: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        counts: Counter[str] = Counter()
        for name, line in row.lines.items():
            table = TABLE_OF.get(name, name)
            counts[table] += 1
            gathered.setdefault(table, []).append({**line, "row_no": row.row_no, "line_no": counts[table]})
    return {name: _standardise(name, lines) for name, lines in gathered.items()}


def _standardise(name: str, lines: list[dict[str, Any]]) -> pa.Table:
    numbers = ("row_no", "line_no") if "line_no" in TABLES[name].arrow_schema.names else ("row_no",)
    fields = [field for field in lines[0] if field not in ("row_no", "line_no")]
    sent = pa.table(
        {number: pa.array([line[number] for line in lines], pa.int32()) for number in numbers}
        | {field: pa.array([line[field] for line in lines], pa.string()) for field in fields}
    )
    return standardise_table(TABLES[name], sent, sender=HOSPITAL, received_on=RECEIVED_ON)


def judge(count: int = ROWS, seed: int = 1) -> dict[str, tuple[set[int], set[int]]]:
    """Of each rule, the rows that it must find and those that it found."""
    random = Random(seed)
    rows = [invent_row(number, random) for number in range(2, 2 + count)]
    expected = plant(rows, random)
    found = found_rows(check(stage(rows), received_on=RECEIVED_ON))
    return {
        rule.rule_id: (expected.get(rule.rule_id, set()), found.get(rule.rule_id, set())) for rule in judged_rules()
    }


def found_rows(result: CheckResult) -> dict[str, set[int]]:
    """The rows that each rule found."""
    return {one.rule_id: set(one.row_nos) for one in result.findings}


def judged_rules() -> Iterator[Rule]:
    """The rules that speak of rows: all that Great Expectations runs but those on a share of the whole file."""
    for suite in catalogue().suites.values():
        if suite.name in TABLES:
            yield from (rule for rule in suite.expectations if rule.is_expectation and rule.meta.scope != "batch")


def main(count: int = ROWS) -> None:
    """Print the table."""
    table = Table("rule", "planted", "found", "precision", "recall", title=f"Errors planted into {count:,} clean rows")
    for rule_id, (expected, found) in judge(count).items():
        right = len(expected & found)
        table.add_row(
            rule_id, str(len(expected)), str(len(found)),
            f"{right / len(found):.3f}" if found else "–", f"{right / len(expected):.3f}" if expected else "–",
        )  # fmt: skip
    Console(width=110).print(table)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
