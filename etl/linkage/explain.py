"""Why a pair was decided as it was: each field's agreement and weight, caps and vetoes, from the prior to the score.

All of it follows from the comparison vector and the model, as in `weigh`; nothing is looked up again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.linkage.levels import FIELDS, unpack
from etl.linkage.model import Model
from etl.linkage.review import CLAMP, posterior
from etl.linkage.weigh import HOUSEHOLD, RARE_LEVELS, VETOES, field_weights, score_vectors, vetoes_of
from etl.linkage.wording import FIELD_WORDS, RULE_WORDS, VETO_WORDS, column_of, level_words

SHOWN = ("decision", "rule", "actor", "model_version", "opened_at", "person_id")
SHOWN_BESIDE = (
    "guardian_name",
    "household_id",
    "death_date",
    "status",
    "as_of_date",
    "source_person_id",
    "sender_code",
)
"""What is not compared, and helps a reviewer all the same; shown where either side states it."""


@dataclass(frozen=True)
class Step:
    """One bar of the waterfall: what it is, and how many bits it brings."""

    name: str
    kind: str
    """`prior`, `field`, `rarity`, `cap` or `score`."""
    bits: float
    vi: str
    en: str


def waterfall(model: Model, vector: int) -> list[Step]:
    """From the prior through each field that both sides state to the score; the steps before `score` add up to it."""
    levels, bits = unpack(vector), _bits(model, vector)
    steps = [Step("prior", "prior", model.prior_bits, "Xuất phát: một người bất kỳ", "Prior: anyone in the register")]
    rarity = min(int(levels["rarity"].removeprefix("1 in ")).bit_length() - 1, model.rarity_cap)
    rarity = float(rarity) if levels["name"] in RARE_LEVELS else 0.0
    for field in FIELDS:
        if levels[field] == "missing":
            continue
        vi, en = (": ".join(two) for two in zip(FIELD_WORDS[field], level_words(field, levels[field]), strict=True))
        steps.append(Step(field, "field", bits[field] - (rarity if field == "name" else 0.0), vi, en))
        if field == "name" and rarity:
            share = levels["rarity"].removeprefix("1 in ")
            steps.append(
                Step("rarity", "rarity", rarity, f"Tên hiếm: 1 trên {share} người", f"Rare name: 1 in {share}")
            )
    cut = household_cut(model, bits)
    if cut:
        steps.append(
            Step("household_cap", "cap", cut, "Giới hạn bằng chứng chung của hộ", "Cap on what a household shares")
        )
    return [*steps, Step("score", "score", score_of(model, vector), "Trọng số", "Score")]


def household_cut(model: Model, bits: Mapping[str, float]) -> float:
    """What the cap takes away from phone, ward and address together: 0 or less."""
    together = sum(bits[field] for field in HOUSEHOLD)
    return min(together, model.household_cap) - together


def score_of(model: Model, vector: int) -> float:
    """The score of one vector."""
    return float(score_vectors(model, np.array([vector]))[0])


def veto_of(vector: int) -> dict[str, str] | None:
    """What forbids the pair to become a match by itself."""
    code = VETOES[int(vetoes_of(np.array([vector]))[0])]
    return {"code": code, "vi": VETO_WORDS[code][0], "en": VETO_WORDS[code][1]} if code else None


def _bits(model: Model, vector: int) -> dict[str, float]:
    return {field: float(found[0]) for field, found in field_weights(model, np.array([vector])).items()}


def side_by_side(record: Mapping[str, Any], person: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What record and person state, field by field; the compared ones first."""
    person = person or {}
    rows = []
    for column in (*(column_of(field) for field in FIELDS), *SHOWN_BESIDE):
        left, right = record.get(column), person.get(column)
        if column in SHOWN_BESIDE and left is None and right is None:
            continue
        row = {"field": column, "record": left, "person": right}
        if column == "birth_date":
            row |= {
                "record_precision": record.get("birth_precision"),
                "person_precision": person.get("birth_precision"),
            }
        rows.append(row)
    return rows


def explain_pair(
    model: Model, vector: int, lead: float | None, record: Mapping[str, Any], person: Mapping[str, Any] | None
) -> dict[str, Any]:
    """All that can be said of a weighed pair: values side by side, levels, bits, cap, veto, score and posterior."""
    levels, bits = unpack(vector), _bits(model, vector)
    by_column = {column_of(field): field for field in FIELDS}
    rows = side_by_side(record, person)
    for row in rows:
        field = by_column.get(row["field"])
        if field is not None:
            vi, en = FIELD_WORDS[field]
            level_vi, level_en = level_words(field, levels[field])
            row |= {"vi": vi, "en": en, "level": levels[field], "level_vi": level_vi, "level_en": level_en}
            row["bits"] = round(bits[field], 3)
    score = score_of(model, vector)
    certain = min(score, CLAMP if lead is None else lead)
    return {
        "fields": rows,
        "waterfall": [{**step.__dict__, "bits": round(step.bits, 3)} for step in waterfall(model, vector)],
        "household": {
            "bits": round(sum(bits[field] for field in HOUSEHOLD), 3),
            "cap": model.household_cap,
            "cut": round(household_cut(model, bits), 3),
        },
        "veto": veto_of(vector),
        "score": score,
        "lead": lead,
        "posterior": round(float(posterior(np.array([certain]), model)[0]), 6),
    }


def reason_of(decision: str, rule: str, score: float | None, lead: float | None, model: Model) -> dict[str, str]:
    """Why it was decided so, in one sentence of each language."""
    vi, en = RULE_WORDS.get(rule, (rule, rule))
    if rule == "weight" and score is not None:
        match = model.match_threshold
        if decision == "none":
            vi, en = "Trọng số quá thấp: coi là người mới", "The score is too low: taken for a new person"
        elif decision == "match":
            vi, en = "Trọng số và khoảng cách đều đủ", "Score and lead are both high enough"
        elif score < match:
            vi, en = "Trọng số dưới ngưỡng khớp", "The score is below the threshold of a match"
        elif lead is not None and lead < match:
            vi, en = "Ứng viên thứ hai gần bằng", "The next candidate is nearly as good"
    return {"vi": vi, "en": en}


def pairs_of(link: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The persons whom a link weighs: the linked one or the candidate, and the runner-up."""
    is_match = link["decision"] == "match"
    best = link["person_id"] if is_match else link["candidate_person_id"]
    pairs = [{"role": "linked" if is_match else "candidate", "person_id": best, "vector": link["vector"]}]
    if link["runner_up_person_id"] is not None:
        runner_up = {"person_id": link["runner_up_person_id"], "vector": link["runner_up_vector"]}
        pairs.append({"role": "runner_up", **runner_up})
    return [one for one in pairs if one["person_id"] is not None or one["vector"] is not None]


def explain_link(
    link: Mapping[str, Any],
    pairs: Sequence[Mapping[str, Any]],
    vectors: Mapping[tuple[int, int], int],
    record: Mapping[str, Any],
    persons: Mapping[int, Mapping[str, Any]],
    model: Model,
) -> dict[str, Any]:
    """Why a record is linked as it is: `pairs` (`pairs_of`) explained, the reason, the thresholds of the model.

    `vectors` holds, by record and person, those that the link does not keep.
    """
    record_id = int(link["record_id"])
    known = [
        one["vector"] if one["vector"] is not None else vectors.get((record_id, one["person_id"])) for one in pairs
    ]
    scores = [None if vector is None else score_of(model, vector) for vector in known]
    explained = []
    for place, (one, vector) in enumerate(zip(pairs, known, strict=True)):
        rival = next((score for other, score in enumerate(scores) if other != place and score is not None), None)
        score, person = scores[place], persons.get(one["person_id"])
        lead = None if score is None or rival is None else round(score - rival, 3)
        said = {"role": one["role"], "person_id": one["person_id"]}
        if vector is None:
            explained.append({**said, "fields": side_by_side(record, person), "veto": None, "score": None})
        else:
            explained.append({**said, **explain_pair(model, vector, lead, record, person)})
    first = explained[0] if explained else {}
    vi, en = RULE_WORDS.get(link["rule"], (link["rule"], link["rule"]))
    return {
        "record_id": record_id,
        "link": {**{name: link.get(name) for name in SHOWN}, "rule_vi": vi, "rule_en": en},
        "why": reason_of(link["decision"], link["rule"], first.get("score"), first.get("lead"), model),
        "thresholds": {"match": model.match_threshold, "lead": model.match_threshold, "review": model.review_threshold},
        "pairs": explained,
    }
