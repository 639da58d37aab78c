"""Makers of linkage data: the same order gives the same rows, the truth fits, every error is there; and the judge counts right."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from etl.sample.planting import read_rates
from tests.bench.linkage.addresses import ADDRESS_RATES
from tests.bench.linkage.judge import choose_precise, judge, trace_points
from tests.bench.linkage.make import MAKERS, RECORDS, REGISTER, TRUTH, Order, make
from tests.bench.linkage.other_errors import NAME_ERRORS

PEOPLE = 5_000
PERSON_COLUMNS = ("full_name", "birth_date", "national_id", "insurance_no", "phone", "sex", "ward_code")
BORROWED = {"national_id.relative_id", "insurance_no.relative_card", "phone.relative_phone", "phone.changed_since"}


@pytest.fixture(scope="module", params=MAKERS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A maker's name and a folder of its data, with twice the usual errors."""
    out = tmp_path_factory.mktemp(request.param)
    make(Order(PEOPLE, 7, request.param, errors=2.0), out)
    return request.param, out


def test_an_order_gives_the_same_rows_and_another_seed_others(made: tuple[str, Path], tmp_path: Path) -> None:
    maker, out = made
    make(Order(PEOPLE, 7, maker, errors=2.0), tmp_path / "again")
    make(Order(PEOPLE, 8, maker, errors=2.0), tmp_path / "other")
    for name in (REGISTER, RECORDS, TRUTH):
        assert pq.read_table(out / name).equals(pq.read_table(tmp_path / "again" / name))
        assert not pq.read_table(out / name).equals(pq.read_table(tmp_path / "other" / name))


def test_the_truth_fits_register_and_records(made: tuple[str, Path]) -> None:
    register, records, truth = (pq.read_table(made[1] / name) for name in (REGISTER, RECORDS, TRUTH))
    assert len(records) == round(PEOPLE * 1.2)
    assert records["record_id"].equals(truth["record_id"])
    assert pc.count_distinct(records["record_id"]).as_py() == len(records)
    assert pc.count_distinct(register["person_id"]).as_py() == len(register)
    assert pc.min(register["person_id"]).as_py() > 0
    known = truth.filter(truth["is_registered"])
    assert pc.all(pc.is_in(known["person_id"], register["person_id"].combine_chunks())).as_py()
    strangers = truth.filter(pc.invert(truth["is_registered"]))
    assert strangers["person_id"].null_count == len(strangers)
    assert 0 < len(strangers) < 0.05 * len(truth)


def test_every_kind_of_error_is_there(made: tuple[str, Path]) -> None:
    maker, out = made
    planted = pq.read_table(out / TRUTH)["errors"].drop_null()
    kinds = set(pc.unique(pc.list_flatten(pc.split_pattern(planted, ";"))).to_pylist())
    if maker == "city":
        rates = {name: read_rates()[name] for name in PERSON_COLUMNS} | ADDRESS_RATES
        assert kinds == {f"{column}.{error}" for column in rates for error in rates[column]} | BORROWED
    else:
        assert {error for error, *_ in NAME_ERRORS} <= kinds
        assert {
            "birth.swapped",
            "id.relative",
            "id.site_number",
            "card.relative",
            "phone.changed",
            "home.moved",
        } <= kinds


def test_columns_can_be_left_out_and_the_register_made_wrong(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    make(Order(PEOPLE), right)
    make(Order(PEOPLE, without=("phone", "ward_code"), register_wrong=0.05), wrong)
    assert not {"phone", "ward_code"} & {
        *pq.read_schema(wrong / RECORDS).names,
        *pq.read_schema(wrong / REGISTER).names,
    }
    columns = pq.read_schema(wrong / REGISTER).names
    rows = pq.read_table(right / REGISTER, columns=columns).to_pylist()
    differing = sum(
        mine != theirs for mine, theirs in zip(rows, pq.read_table(wrong / REGISTER).to_pylist(), strict=True)
    )
    assert 0.02 * len(rows) < differing < 0.07 * len(rows)


REGISTER_ROWS = (
    # person, name, birth, ID, card, household
    (1, "Trần Văn Mẫu", "19800302", "001080000001", "0100000001", "H1"),
    (2, "Lê Thị Mẫu", "19820405", "001182000002", "0100000002", "H1"),
    (3, "Trần An", "20100101", "001210000003", "0100000003", "H1"),
    (4, "Trần Ân", "20100101", "001210000004", "0100000004", "H1"),
    (5, "Trần Vân Mẫu", "19610302", "001061000005", "0100000005", "H5"),
)
JUDGED = (
    # record, ID on the record, card on it, true person, decision, person, runner-up, rule
    (11, "001080000001", None, 1, "match", 1, None, "id"),
    (12, None, None, 3, "match", 4, 3, "score"),  # the twin
    (13, "001080000001", None, 2, "match", 1, None, "id"),  # a relative's number
    (14, None, "GD4010100000002", 5, "match", 2, None, "id"),  # a number of somebody else's
    (15, None, None, 5, "match", 1, None, "score"),  # the same name without marks
    (16, None, None, None, "match", 2, None, "score"),  # a stranger
    (17, None, None, 4, "review", 3, 4, None),  # the runner-up is right
    (18, None, None, 2, "none", None, None, None),
)


def _write_judged(folder: Path) -> Path:
    """Eight records, links and the truth; gives the path of the links."""
    register = dict(
        zip(
            ("person_id", "full_name", "birth_date", "national_id", "insurance_no", "household_id"),
            zip(*REGISTER_ROWS, strict=True),
            strict=True,
        )
    )
    record, number, card, true, decision, person, runner_up, rule = zip(*JUDGED, strict=True)
    ids, text = pa.int64(), pa.string()
    tables = {
        REGISTER: pa.table(register),
        RECORDS: pa.table(
            {"record_id": record, "national_id": pa.array(number, text), "insurance_no": pa.array(card, text)}
        ),
        TRUTH: pa.table(
            {
                "record_id": record,
                "person_id": pa.array(true, ids),
                "is_registered": [one is not None for one in true],
            }
        ),
        "links.parquet": pa.table(
            {
                "record_id": record,
                "person_id": pa.array(person, ids),
                "decision": decision,
                "score": pa.array([9.0, 5.0, 8.0, 7.0, 4.0, 3.0, 2.0, None]),
                "runner_up_person_id": pa.array(runner_up, ids),
                "rule": pa.array(rule, text),
            }
        ),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / name)
    return folder / "links.parquet"


def test_the_judge_counts_as_by_hand(tmp_path: Path) -> None:
    verdict = judge(_write_judged(tmp_path), tmp_path)
    assert (verdict.records, verdict.registered, verdict.strangers) == (8, 7, 1)
    assert (verdict.matched, verdict.right, verdict.strangers_linked) == (6, 1, 1)
    assert (verdict.in_review, verdict.won_in_review) == (1, 1)
    assert verdict.recall_after_review == 2 / 7
    assert verdict.false_by_cause == {
        "not in register": 1,
        "twin": 1,
        "relative's number": 2,
        "relative": 0,
        "namesake": 1,
        "other": 0,
    }
    assert verdict.false_by_rule == {"score": 3, "id": 2}


def test_operating_points_follow_the_score(tmp_path: Path) -> None:
    links = _write_judged(tmp_path)
    points = trace_points(links, tmp_path, step=1.0)
    assert [(point.score, point.false) for point in points] == [(9, 0), (8, 1), (7, 2), (5, 3), (4, 4), (3, 5), (2, 6)]
    precise = choose_precise(points, 0.9)
    assert precise
    assert (precise.score, precise.recall) == (9.0, 1 / 7)
    assert judge(links, tmp_path, threshold=8.0).matched == 2
