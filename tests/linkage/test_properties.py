"""What may change a decision, and what may not: order, batches, numbers given to rows, noise."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.linkage.link_files import link_files
from etl.linkage.model import load_model, text_of
from etl.linkage.trust import SHARED_BY
from tests.linkage import oracle
from tests.linkage.cities import City, Linked, as_table, make_city, make_crowd, run_engine
from tests.linkage.oracle_values import Said, standardise

UNNUMBERED = ("decision", "score", "runner_up_score", "rule", "vector", "model_version")
"""Columns of a decision that name no row."""


@cache
def everybody() -> City:
    """A city and a crowd in one register: all kinds of error, ties, shared numbers."""
    city, crowd = make_city("city", 7, 5.0, 400), make_crowd(7)
    return City([*city.people, *crowd.people], [*city.records, *crowd.records], {**city.truth, **crowd.truth})


@cache
def settled() -> Linked:
    """The decisions that everything else is compared with."""
    return run_engine(everybody().people, everybody().records, load_model())


def shuffled(rows: Sequence[Said], seed: int) -> list[Said]:
    """The rows in another order."""
    return Random(seed).sample(list(rows), len(rows))


def with_noise(table: pa.Table, seed: int) -> pa.Table:
    """The columns in another order, among others of all kinds that say nothing about who it is."""
    rng, names = Random(seed), table.column_names
    noise = {
        "key_id": pa.array([rng.randint(0, 9) for _ in range(len(table))]),
        "p": pa.array([rng.choice(["x", None, "Nguyễn"]) for _ in range(len(table))]),
        "household_id": pa.nulls(len(table), pa.string()),
        "birth": pa.array([rng.random() for _ in range(len(table))]),
    }
    for name, column in noise.items():
        table = table.append_column(name, column)
    return table.select(rng.sample([*noise, *names], len(noise) + len(names)))


def test_order_and_columns_that_say_nothing_change_nothing() -> None:
    city = everybody()
    people = with_noise(as_table(shuffled(city.people, 1), "person_id"), 1)
    records = with_noise(as_table(shuffled(city.records, 2), "record_id"), 2)
    assert run_engine(people, records, load_model(), threads=2).decisions == settled().decisions


def test_a_column_without_values_is_a_column_that_is_not_there() -> None:
    city = everybody()
    without, empty = (
        run_engine(
            *(
                [{name: value for name, value in row.items() if name != "address"} | more for row in rows]
                for rows in (city.people, city.records)
            ),
            load_model(),
        )
        for more in ({}, {"address": None})
    )
    assert without.decisions == empty.decisions
    assert without.decisions != settled().decisions


def test_two_records_that_say_the_same_are_decided_the_same() -> None:
    city, further = everybody(), 10**12
    doubled = [*city.records, *({**row, "record_id": row["record_id"] + further} for row in city.records)]
    found = run_engine(city.people, shuffled(doubled, 3), load_model()).decisions
    assert len(found) == 2 * len(city.records)
    for number, decision in settled().decisions.items():
        assert found[number] == decision
        assert found[number + further] == {**decision, "record_id": number + further}


def renaming(rows: Sequence[Said], key: str, seed: int) -> dict[int, int]:
    """New numbers for rows, in another order than the old ones."""
    new = Random(seed).sample(range(1, 10**9), len(rows))
    return dict(zip((row[key] for row in rows), new, strict=True))


def test_numbers_of_rows_mean_nothing_but_the_order_of_those_who_are_level() -> None:
    city = everybody()
    who, which = renaming(city.people, "person_id", 4), renaming(city.records, "record_id", 5)
    found = run_engine(
        [{**row, "person_id": who[row["person_id"]]} for row in city.people],
        [{**row, "record_id": which[row["record_id"]]} for row in city.records],
        load_model(),
    ).decisions
    level = 0
    for number, before in settled().decisions.items():
        after = found[which[number]]
        if before["score"] is not None and before["score"] == before["runner_up_score"]:
            level += 1
            assert before["decision"] == after["decision"] != "match"
            assert (before["score"], before["runner_up_score"]) == (after["score"], after["runner_up_score"])
        else:
            person = before["person_id"]
            assert after["person_id"] == (person and who[person])
            assert [after[name] for name in UNNUMBERED] == [before[name] for name in UNNUMBERED]
    assert level > 5


def split(rows: Sequence[Said], parts: int) -> list[list[Said]]:
    """The rows in so many batches of about one size."""
    return [list(rows[at::parts]) for at in range(parts)]


def sharing(records: Sequence[Said]) -> dict[str, set[str]]:
    """Shared numbers by kind."""
    rows = standardise(records, "record_id")
    return {column: oracle.find_shared(rows, column, most) for column, most in SHARED_BY.items()}


def test_batches_change_nothing_but_what_numbers_of_later_records_show_to_be_shared() -> None:
    city = everybody()
    whole, changed = sharing(city.records), []
    for batch in split(city.records, 2):
        found = run_engine(city.people, batch, load_model()).decisions
        unseen = {column: numbers - sharing(batch)[column] for column, numbers in whole.items()}
        for row in standardise(batch, "record_id"):
            bears = any(getattr(row, column) in unseen[column] for column in unseen)
            if found[row.number] != settled().decisions[row.number]:
                assert bears, row
                changed.append(row.number)
    assert 0 < len(changed) < 0.2 * len(city.records)  # the crowd has two phones


def test_batches_change_nothing_where_it_is_known_which_numbers_are_shared() -> None:
    city, found = everybody(), {}
    for batch in split(city.records, 2):
        found |= run_engine(city.people, batch, load_model(), evidence=city.records).decisions
    assert found == settled().decisions


@pytest.fixture
def _little_teaches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.linkage.train.LEAST_RECORDS", 100)
    monkeypatch.setattr("etl.linkage.learning.CHANCE_SIDE", 150)


@pytest.mark.usefixtures("_little_teaches")
def test_a_model_is_the_same_bytes_however_its_data_is_ordered_and_numbered() -> None:
    city = make_city("other", 8, 5.0, 500)
    who, which = renaming(city.people, "person_id", 6), renaming(city.records, "record_id", 7)
    first = run_engine(city.people, city.records, None)
    people = with_noise(
        as_table([{**row, "person_id": who[row["person_id"]]} for row in shuffled(city.people, 8)], "person_id"), 8
    )
    records = with_noise(
        as_table([{**row, "record_id": which[row["record_id"]]} for row in shuffled(city.records, 9)], "record_id"), 9
    )
    second = run_engine(people, records, None, threads=2)
    assert text_of(first.model) == text_of(second.model) != text_of(load_model())
    for number, decision in first.decisions.items():
        again = second.decisions[which[number]]
        assert (decision["decision"], decision["score"]) == (again["decision"], again["score"])
        assert (decision["person_id"] and who[decision["person_id"]]) == again["person_id"] or decision[
            "decision"
        ] == "review"


@pytest.mark.usefixtures("_little_teaches")
def test_the_same_files_give_the_same_files(tmp_path: Path) -> None:
    city = make_city("city", 9, 5.0, 500)
    sides = {"people": as_table(city.people, "person_id"), "records": as_table(city.records, "record_id")}
    for name, table in sides.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    for run in ("one", "two"):
        link_files(
            *(tmp_path / f"{name}.parquet" for name in sides),
            tmp_path / f"{run}.parquet",
            memory="1GB",
            threads=2,
            progress=lambda _: None,
            save_model=tmp_path / f"{run}.toml",
        )
    assert (tmp_path / "one.toml").read_bytes() == (tmp_path / "two.toml").read_bytes()
    assert re.search('^version = "trained-', (tmp_path / "one.toml").read_text(), re.MULTILINE)
    one, two = (pq.read_table(tmp_path / f"{run}.parquet").sort_by("record_id") for run in ("one", "two"))
    assert one.equals(two)  # rows come in any order: sorting ten million would cost seconds
    assert len(one) == len(city.records)
