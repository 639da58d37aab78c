"""The waterfall says what the score says, bar by bar, and its picture can be drawn."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import ConfigError
from etl.linkage.explain import explain_pair, reason_of, score_of, side_by_side, veto_of, waterfall
from etl.linkage.explain_chart import bars_of, check_path, draw
from etl.linkage.levels import LEVELS, pack
from etl.linkage.model import load_model
from etl.linkage.weigh import VETOES, vetoes_of

MODEL = replace(load_model(), register_size=2**23)
LENT = pack(
    {
        "name": "family_same",
        "birth": "same",
        "sex": "same",
        "national_id": "same",
        "phone": "same",
        "ward": "same",
        "address": "same",
        "rarity": "1 in 4096",
    }
)
VECTORS = st.fixed_dictionaries({field: st.sampled_from(names) for field, names in LEVELS.items()})


@given(VECTORS)
def test_the_bars_add_up_to_the_score(levels: dict[str, str]) -> None:
    vector = pack(levels)
    *bars, total = waterfall(MODEL, vector)
    assert sum(bar.bits for bar in bars) == pytest.approx(total.bits, abs=1e-3)
    assert total.bits == score_of(MODEL, vector)
    stated = {field for field in LEVELS if levels[field] != "missing"} - {"rarity", "state"}
    assert {bar.name for bar in bars if bar.kind == "field"} == stated


@given(VECTORS)
def test_the_veto_is_the_engines(levels: dict[str, str]) -> None:
    vector = pack(levels)
    code = VETOES[int(vetoes_of(np.array([vector]))[0])]
    assert (veto_of(vector) or {"code": ""})["code"] == code


def test_family_evidence_is_capped_in_sight() -> None:
    bars = {bar.name: bar.bits for bar in waterfall(MODEL, LENT)}
    together = bars["phone"] + bars["ward"] + bars["address"]
    assert together > MODEL.household_cap
    assert bars["household_cap"] == pytest.approx(MODEL.household_cap - together)
    assert "rarity" not in bars, "a name that differs is worth nothing for being rare"


def test_both_sides_stand_beside_each_other() -> None:
    rows = {
        row["field"]: row
        for row in side_by_side(
            {
                "full_name": "Nguyễn Văn Mẫu",
                "birth_date": "1980-01-01",
                "birth_precision": "year",
                "guardian_name": "x",
            },
            {"full_name": "Nguyễn Văn Mẫu", "birth_precision": "day", "status": "resident"},
        )
    }
    assert rows["birth_date"]["record_precision"] == "year"
    assert rows["birth_date"]["person"] is None
    assert {"guardian_name", "status"} <= set(rows)
    assert "death_date" not in rows


@pytest.mark.parametrize(
    ("decision", "rule", "score", "lead", "words"),
    [
        ("review", "weight", 8.0, None, "below"),
        ("review", "weight", 30.0, 1.0, "next candidate"),
        ("match", "weight", 30.0, None, "high enough"),
        ("none", "weight", -4.0, None, "too low"),
        ("review", "after_death", 30.0, None, "death"),
        ("match", "national_id_name_birth", None, None, "Citizen ID"),
    ],
)
def test_the_reason_is_one_sentence(
    decision: str, rule: str, score: float | None, lead: float | None, words: str
) -> None:
    assert words in reason_of(decision, rule, score, lead, MODEL)["en"]


def explanation() -> dict[str, Any]:
    pair = explain_pair(MODEL, LENT, 2.5, {"full_name": "Nguyễn Văn Mẫu"}, {"full_name": "Nguyễn Văn Khác"})
    return {
        "record_id": 12345,
        "link": {"decision": "review"},
        "why": reason_of("review", "given_name_differs", pair["score"], 2.5, MODEL),
        "thresholds": {"match": 9.0, "review": -1.0},
        "pairs": [{"role": "candidate", "person_id": 17, **pair}, {"role": "runner_up", "person_id": 18, **pair}],
    }


def test_the_picture_names_levels_and_thresholds_but_nobody(tmp_path: Path) -> None:
    draw(explanation(), tmp_path / "x.svg")
    picture = (tmp_path / "x.svg").read_text(encoding="utf-8")
    for words in ("chỉ giống họ", "only the family name agrees", "ngưỡng khớp", "Ứng viên thứ hai", "12345"):
        assert words in picture
    assert "Mẫu" not in picture
    draw(explanation(), tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    draw(explanation(), tmp_path / "x.html")
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "http" not in page.replace("http://www.w3.org/", ""), "it needs no network"


@settings(max_examples=30)
@given(VECTORS)
def test_bars_hang_together(levels: dict[str, str]) -> None:
    bars = bars_of([step.__dict__ for step in waterfall(MODEL, pack(levels))])
    for before, after in pairwise(bars[:-1]):
        assert after["start"] == before["end"]
    assert bars[-1]["end"] == pytest.approx(bars[-2]["end"], abs=1e-3)


def test_a_chart_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    for out in (tmp_path / "x.pdf", tmp_path / "none" / "x.svg", tmp_path):
        with pytest.raises(ConfigError, match="chart"):
            check_path(out)
