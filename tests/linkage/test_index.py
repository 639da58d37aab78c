"""An index that is kept, read and brought up to date is the one that would be built from the whole register."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from etl.engines.local import LocalEngine
from etl.linkage import index, keys
from tests.linkage.cities import as_table, make_city, make_crowd
from tests.linkage.key_tables import number_text
from tests.linkage.oracle_values import Said, standardise

COLUMNS = ("person_id", *keys.TEXT_COLUMNS, "status", "death_date")
Tables = dict[str, list[dict[str, Any]]]


def tables_of(engine: LocalEngine) -> Tables:
    """The rows of an index, each table in an order of its own, columns by name."""
    found = {}
    for name, (_, schema) in index.FILES.items():
        columns = sorted(schema.names)
        rows = engine.query(f"select {', '.join(columns)} from {name}").to_pylist()
        found[name] = sorted(rows, key=lambda row: str(row))
    return found


def build(people: list[Said], folder: Path | None = None, profile: str = "vietnam") -> Tables:
    """An index of these people, kept in a folder where one is named."""
    with LocalEngine(threads=1) as engine:
        engine.register("people", as_table(people, "person_id", COLUMNS))
        index.build_index(engine, keys.PROFILES[profile], COLUMNS)
        if folder is not None:
            index.write_index(engine, folder)
        return tables_of(engine)


def update(old: Path, changed: list[Said], folder: Path | None = None) -> Tables:
    """The index in a folder with these people as they are now, kept again where a folder is named."""
    with LocalEngine(threads=1) as engine:
        engine.register("people", as_table(changed, "person_id", COLUMNS))
        index.update_index(engine, old, keys.VIETNAM, COLUMNS)
        if folder is not None:
            index.write_index(engine, folder)
        return tables_of(engine)


@pytest.mark.parametrize("profile", ["vietnam", "generic"])
def test_what_is_kept_is_what_was_built(profile: str, tmp_path: Path) -> None:
    built = build(make_city("city", 1).people, tmp_path, profile)
    assert len(built["person_key"]) > 200
    with LocalEngine(threads=1) as engine:
        index.read_index(engine, tmp_path)
        assert tables_of(engine) == built


def test_keys_of_people_are_the_oracles() -> None:
    people = [*make_city("other", 2).people, *make_crowd(2).people]
    built = {row["person_id"]: row for row in build(people)["person_key"]}
    rows = standardise(people, "person_id")
    assert (
        built.keys() == {row.number for row in rows} != {person["person_id"] for person in people}
    )  # five are cancelled
    for row in rows:
        key = built[row.number]
        assert (key["toned_id"], key["key_id"]) == (number_text(row.toned_id), number_text(row.key_id))
        assert (key["birth_year"], key["birth_month"], key["birth_day"]) == (row.birth or (None,) * 3)
        assert (key["is_weak_birth"], key["is_id_doubtful"]) == (row.is_weak_birth, row.is_id_doubtful)
        for name in ("national_id", "old_id", "insurance_no", "phone", "ward"):
            assert key[name] == (None if getattr(row, name) is None else int(getattr(row, name))), name


def live_a_day(people: list[Said], day: int) -> tuple[list[Said], list[Said]]:
    """Of a register: those who changed on a day, as they are now, and the whole register after."""
    rng, newcomers = Random(day), make_crowd(day, people=30).people
    now = {person["person_id"]: dict(person) for person in people}
    back = [number for number, person in now.items() if person["status"] == "4"][:3]  # cancelled by mistake
    touched = rng.sample(sorted(now), 40)
    for at, number in enumerate(touched):
        person, other = now[number], now[rng.choice(sorted(now))]
        match at % 8:
            case 0:
                person["status"] = "4"
            case 1:
                person["full_name"] = other["full_name"]
            case 2:
                person["full_name"] = f"Mai Thị Lạ {chr(65 + at)}y"
            case 3:
                person |= {"ward_code": "00004", "address": "1 Đội Cấn", "phone": "0912345678"}
            case 4:
                person |= {"status": "3", "death_date": "20260901"}
            case 5:  # cancelled, and the number given to somebody else
                other["national_id"], person["status"] = person["national_id"], "huỷ"
                touched.append(other["person_id"])
            case 6:
                person["birth_date"] = "1950"
            case 7:  # entered again with nothing changed
                pass
    for number in back:
        now[number]["status"] = "1"
    for at, person in enumerate(newcomers):
        now[day * 10**9 + at] = {**person, "person_id": day * 10**9 + at, "status": None}
        touched.append(day * 10**9 + at)
    return [now[number] for number in dict.fromkeys([*touched, *back])], list(now.values())


@pytest.mark.parametrize("maker", ["city", "other"])
def test_an_index_brought_up_to_date_is_the_index_of_today(maker: str, tmp_path: Path) -> None:
    folders = [tmp_path / str(day) for day in range(3)]
    for folder in folders:
        folder.mkdir()
    people = make_city(maker, 6).people
    of_yesterday = build(people, folders[0])
    for day in (1, 2):
        delta, people = live_a_day(people, day)
        of_today = update(folders[day - 1], delta, folders[day])
        assert of_today == build(people) != of_yesterday
        of_yesterday = of_today


def test_nothing_changed_changes_nothing_and_everybody_may_leave(tmp_path: Path) -> None:
    people = make_city("city", 1).people
    built = build(people, tmp_path)
    assert update(tmp_path, []) == built
    assert update(tmp_path, [{**person, "status": "4"} for person in people]) == {name: [] for name in index.FILES}
    assert build([]) == {name: [] for name in index.FILES}
