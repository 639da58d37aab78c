"""More that is true of a person never helps another; what a family shares never makes a person."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from etl.linkage.model import Model, load_model
from tests.linkage.cities import make_city, run_engine
from tests.linkage.models import taught
from tests.linkage.oracle_values import Said

EVIDENCE = ("phone", "ward_code", "insurance_no", "national_id", "address")


def says_old_id(record: Said) -> bool:
    """Whether the citizen ID's column holds nine digits: they are evidence too, which another number would replace."""
    return record["national_id"] is not None and len(re.sub(r"\D", "", record["national_id"])) == 9


def test_more_evidence_for_the_right_person_never_helps_another() -> None:
    """Each record as it is, and again with one thing more that is true of its person; all linked at once."""
    city = make_city("city", 10, 8.0, 400)
    people = {person["person_id"]: person for person in city.people}
    rows, meant = [*city.records], []
    for record in city.records:
        person = people.get(city.truth[record["record_id"]])
        if person is None or person["status"] == "4":
            continue
        for column in EVIDENCE:
            is_replaced = column == "national_id" and says_old_id(record)
            if person[column] and person[column] != record[column] and not is_replaced:
                rows.append({**record, "record_id": 10**12 + len(rows), column: person[column]})
                meant.append((record["record_id"], rows[-1]["record_id"], person["person_id"]))
    found = run_engine(city.people, rows, load_model()).decisions
    raised = 0
    for before, after, person in ((found[one], found[two], person) for one, two, person in meant):
        if before["person_id"] == person:
            assert after["person_id"] == person, (before, after)
        if before["decision"] != "match":
            assert after["decision"] != "match" or after["person_id"] == person, (before, after)
        if before["person_id"] == after["person_id"] == person and before["score"] and after["score"]:
            assert after["score"] >= before["score"], (before, after)
            raised += after["score"] > before["score"]
    assert raised > 100
    assert sum(found[two]["decision"] == "match" != found[one]["decision"] for one, two, _ in meant) > 10


def relatives(people: Sequence[Said]) -> list[Said]:
    """Of people with a phone, records about others of their home: the family name, the home and the phone are theirs."""
    rows: list[Said] = []
    for person in people:
        if not person["phone"] or person["status"] == "4":
            continue
        home = {name: person[name] for name in ("phone", "ward_code", "address", "sex")}
        words = person["full_name"].split(" ")
        sibling, initial = " ".join([*words[:-1], "Zrakpovi"]), " ".join([*words[:-1], "Z."])
        older = f"{int(person['birth_date'][:4]) - 25}{person['birth_date'][4:]}"
        rows += [
            {**home, "full_name": sibling},
            {**home, "full_name": sibling, "birth_date": person["birth_date"]},
            {**home, "full_name": initial, "birth_date": person["birth_date"]},
            {**home, "full_name": sibling, "birth_date": person["birth_date"], "national_id": person["national_id"]},
            {**home, "full_name": person["full_name"], "birth_date": older},
            {**home, "full_name": person["full_name"], "birth_date": older, "insurance_no": person["insurance_no"]},
            {**home, "birth_date": person["birth_date"]},
            {**home, "birth_date": person["birth_date"][:4]},
            home,
        ]
    return [{**row, "record_id": at} for at, row in enumerate(rows)]


@pytest.mark.parametrize("model", [load_model(), taught(1)], ids=["default", "taught"])
def test_a_family_never_makes_a_person_whatever_was_taught(model: Model) -> None:
    """Not even if every score were enough, families counted without limit and nobody were a stranger."""
    city = make_city("city", 11, 1.0, 200)
    bold = replace(model, match_threshold=-50.0, review_threshold=-50.0, household_cap=100.0, in_register=0.99)
    found = run_engine(city.people, relatives(city.people), bold).decisions
    assert len(found) > 500
    assert not [row for row in found.values() if row["decision"] == "match"]
    assert sum(row["decision"] == "review" for row in found.values()) > 300
