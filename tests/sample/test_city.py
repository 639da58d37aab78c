"""An invented city is repeatable, its truth covers every row, and its people keep the rules of their numbers."""

import hashlib
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import csv

from etl.sample import CitySummary, write_city
from etl.sample.people import draw_people
from etl.sample.planting import read_rates

PEOPLE, SEED = 1_500, 11
SAMPLES = Path(__file__).parents[2] / "data_samples"
KINDS = ("hospital_xml", "district_export", "ward_sheet", "health_check")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CitySummary]:
    out = tmp_path_factory.mktemp("city")
    return out, write_city(PEOPLE, SEED, out)


@pytest.fixture(scope="module")
def people() -> pa.Table:
    return draw_people(20_000, 5)


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_gives_same_bytes_in_another_process(city: tuple[Path, CitySummary], tmp_path: Path) -> None:
    code = f"from pathlib import Path; from etl.sample import write_city; write_city({PEOPLE}, {SEED}, Path({str(tmp_path)!r}))"
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=SAMPLES.parent,
        env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PYTHONPATH": "."},
    )
    assert digest(city[0]) == digest(tmp_path)


def test_another_seed_gives_another_city() -> None:
    assert draw_people(50, 1)["full_name"].to_pylist() != draw_people(50, 2)["full_name"].to_pylist()


def test_truth_names_every_row_once(city: tuple[Path, CitySummary]) -> None:
    out, summary = city
    truth = csv.read_csv(out / "truth" / "records.csv")
    assert len(truth) == sum(summary.rows.values())
    assert len(truth.group_by(["path", "row_no"]).aggregate([])) == len(truth)
    files = {str(path.relative_to(out)) for kind in KINDS for path in (out / kind).glob("*/*")}
    assert set(truth["path"].to_pylist()) == files
    known = pc.greater(truth["person_id"], 0)
    assert known.equals(pc.equal(truth["is_registered"], 1))


def test_planted_errors_are_named_in_the_rates_and_stand_on_rows(city: tuple[Path, CitySummary]) -> None:
    out, _ = city
    rows = {(row["path"], row["row_no"]) for row in csv.read_csv(out / "truth" / "records.csv").to_pylist()}
    named = {(column, error) for column, errors in read_rates().items() for error in errors} | {
        ("row", "deceased_still_listed")
    }
    for error in csv.read_csv(out / "truth" / "errors.csv").to_pylist():
        assert (error["path"], error["row_no"]) in rows
        assert (error["column"], error["error"]) in named


def test_planted_rates_are_near_those_configured(tmp_path: Path) -> None:
    summary = write_city(6_000, 3, tmp_path)
    found = Counter(
        (row["column"], row["error"]) for row in csv.read_csv(tmp_path / "truth" / "errors.csv").to_pylist()
    )
    rows = sum(summary.rows.values())
    for column, error in (
        ("full_name", "upper_case"),
        ("full_name", "no_marks"),
        ("national_id", "missing"),
        ("birth_date", "first_of_january"),
        ("sex", "missing"),
    ):
        assert found[column, error] / rows == pytest.approx(read_rates()[column][error], rel=0.4)


def test_citizen_ids_state_sex_century_and_year(people: pa.Table) -> None:
    known = people.filter(pc.is_valid(people["national_id"]))
    ids = known["national_id"].to_pylist()
    assert all(len(one) == 12 and one.isdigit() for one in ids)
    assert len(set(ids)) == len(ids)
    years = known["birth_day"].to_numpy().astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    for one, sex, year in zip(ids, known["sex"].to_pylist(), years.tolist(), strict=True):
        assert int(one[3]) == (year // 100 - 19) * 2 + (sex == 2)
        assert int(one[4:6]) == year % 100


def test_names_follow_published_shares(people: pa.Table) -> None:
    names = people["full_name"].to_pylist()
    words = Counter(len(name.split(" ")) for name in names)
    assert 0.31 <= sum(name.startswith("Nguyễn ") for name in names) / len(names) <= 0.38
    assert words[3] / len(names) == pytest.approx(0.68, abs=0.04)
    assert words[4] / len(names) == pytest.approx(0.31, abs=0.04)


def test_households_hold_twins_and_parents_older_than_children(people: pa.Table) -> None:
    birth, mother = people["birth_day"].to_numpy(), people["mother"].to_numpy()
    children = np.flatnonzero(mother >= 0)
    assert ((birth[children] - birth[mother[children]]) / 365.25 > 14).all()
    households = people["household_id"].to_pylist()
    twins = [
        place for place in children[:-1] if mother[place] == mother[place + 1] and birth[place] == birth[place + 1]
    ]
    assert twins
    assert all(households[place] == households[place + 1] for place in twins)


def test_two_to_three_in_a_hundred_are_unknown_to_the_register(people: pa.Table) -> None:
    assert 0.015 <= 1 - pc.mean(people["is_registered"]).as_py() <= 0.035


def test_samples_beside_the_code_are_small_and_cover_every_ward() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) <= 8 * 1024**2
    assert len(list((SAMPLES / "ward_sheet").iterdir())) == 126
    assert len(list((SAMPLES / "hospital_xml").iterdir())) >= 8
    assert len(list((SAMPLES / "district_export").iterdir())) >= 4
    assert len(list((SAMPLES / "health_check").iterdir())) >= 3
