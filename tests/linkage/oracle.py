"""Who is who, slowly: every record against every person of its blocks, one at a time, in plain Python.

What is a number or a list in the configuration (`ALL_PASSES`, `SHARED_BY`, `BLOCK_CAP`, the model) is read from there; all
that is done with it is done here anew.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from etl.linkage.candidates import ALL_PASSES, BlockingPass, tiers_of
from etl.linkage.deterministic import NUMBERS
from etl.linkage.model import Model
from etl.linkage.trust import SHARED_BY
from tests.linkage.oracle_pairs import Known, levels_of_pair, pack, score, veto
from tests.linkage.oracle_values import Row, Said, standardise

Decision = dict[str, Any]
Rulings = Mapping[tuple[int, int], str]
"""`same` or `different` by record and person."""


@dataclass(frozen=True)
class Candidate:
    """A person who may be a record's, and how far."""

    person_id: int
    score: float
    veto: str
    vector: int


class Register:
    """The people, and what is looked up among them."""

    def __init__(self, people: Sequence[Row], block_cap: int) -> None:
        self.people = people
        self.block_cap = block_cap
        self.size = 1
        while self.size < len(people):  # so that one more leaves scores as they were
            self.size *= 2
        self.bearers = Counter(person.key_id for person in people if person.key_id)
        self.words = frozenset(word for name in self.bearers for word in name.split(" "))
        self.ids = {person.national_id for person in people}
        self.cards = {person.insurance_no for person in people}
        self.blocks: dict[str, dict[tuple[Any, ...], list[Row]]] = {one.name: defaultdict(list) for one in ALL_PASSES}
        for one in ALL_PASSES:
            for person in people:
                key = block_key(one, person)
                if key is not None:
                    self.blocks[one.name][key].append(person)

    def rarity(self, name: str | None) -> int:
        """In one of how many people bears the name, in whole bits."""
        if name not in self.bearers:
            return 31
        bits = 0
        while bits < 31 and self.bearers[name] * 2 ** (bits + 1) <= self.size:
            bits += 1
        return bits

    def known_of(self, record: Row) -> Known:
        """What the comparison of a record needs."""
        is_owned = (record.national_id in self.ids, record.insurance_no in self.cards)
        return Known(self.rarity(record.key_id), *is_owned)

    def found_by(self, one: BlockingPass, record: Row) -> list[Row]:
        """Those whom a pass brings to a record: its block, or a part of a block that is too large."""
        key = block_key(one, record)
        block = self.blocks[one.name].get(key, []) if key is not None else []
        if len(block) <= self.block_cap:
            return block
        more = re.findall(r"r\.(\w+) = p\.\1", one.refine)
        return [
            person
            for person in block
            if all(getattr(record, column) == getattr(person, column) is not None for column in more)
        ]


def block_key(one: BlockingPass, row: Row) -> tuple[Any, ...] | None:
    """What a row must share with another to be in one block; None where it says too little."""
    key = tuple(getattr(row, column) for column in one.columns)
    return None if None in key or (one.strong_birth and row.is_weak_birth) else key


def link(
    people: Sequence[Said],
    records: Sequence[Said],
    model: Model,
    *,
    is_generic: bool = False,
    block_cap: int = 100,
    rulings: Rulings | None = None,
) -> dict[int, Decision]:
    """The decision of every record, with the columns of `DECISION_COLUMNS`."""
    register = Register(standardise(people, "person_id", is_generic), block_cap)
    model = replace(model, register_size=register.size)
    rows = standardise(records, "record_id", is_generic)
    shared = {column: find_shared(rows, column, most) for column, most in SHARED_BY.items()}
    return {
        row.number: {"record_id": row.number, "model_version": model.version}
        | decide(row, register, model, shared, rulings or {}, is_generic)
        for row in rows
    }


def find_shared(records: Sequence[Row], column: str, most: int) -> set[str]:
    """Numbers that records give to more than so many people, told apart by given name and year of birth."""
    bearers: dict[str, set[tuple[str | None, int | None]]] = defaultdict(set)
    for record in records:
        number = getattr(record, column)
        if number is not None:
            bearers[number].add((record.given_id, record.birth_year))
    return {number for number, who in bearers.items() if len(who) > most}


def decide(
    record: Row, register: Register, model: Model, shared: Mapping[str, set[str]], rulings: Rulings, is_generic: bool
) -> Decision:
    """A ruling, a sure link, or the best of the candidates, narrow blocks first."""
    for (record_id, person_id), verdict in rulings.items():
        if record_id == record.number and verdict == "same":
            return as_decision("match", person_id, rule="reviewer")
    barred = {person_id for (record_id, person_id) in rulings if record_id == record.number}
    allowed = [person for person in register.people if person.number not in barred]
    sure = find_sure(record, allowed, shared)
    if sure is not None:
        return as_decision("match", sure[0], rule=sure[1])
    known = register.known_of(record)
    trusted = replace(record, **{column: None for column in SHARED_BY if getattr(record, column) in shared[column]})
    found: dict[int, Row] = {}
    decision = as_decision("none", rule="no_candidate")
    for tier in tiers_of(is_generic):
        for one in ALL_PASSES:
            if one.tier == tier:
                found |= {person.number: person for person in register.found_by(one, trusted)}
        candidates = (
            weigh(trusted, person, known, register, model, is_generic)
            for person in found.values()
            if person.number not in barred
        )
        decision = choose(candidates, model)
        if decision["decision"] == "match":
            break
    return decision


def find_sure(record: Row, people: Iterable[Row], shared: Mapping[str, set[str]]) -> tuple[int, str] | None:
    """The one person to whom all trusted numbers lead, name and birth agreeing, and the first rule that does."""
    found: dict[int, str] = {}
    for number in reversed(NUMBERS):
        sent = getattr(record, number)
        if sent is None or sent in shared[number] or (number == "national_id" and record.is_id_doubtful):
            continue
        for person in people:
            if getattr(person, number) == sent and agrees(record, person):
                found[person.number] = f"{number}_name_birth"
    return next(iter(found.items())) if len(found) == 1 else None


def agrees(record: Row, person: Row) -> bool:
    """Toneless name and birth agree, sex does not contradict, and the person was alive."""
    if record.key_id is None or record.key_id != person.key_id or record.is_newborn:
        return False
    if record.birth is None or person.birth is None or record.birth_year != person.birth_year:
        return False
    if record.birth != person.birth and not (record.is_weak_birth or person.is_weak_birth):
        return False
    if record.sex and person.sex and record.sex != person.sex:
        return False
    return not (record.day_limit and person.day_limit and record.day_limit > person.day_limit)


def weigh(record: Row, person: Row, known: Known, register: Register, model: Model, is_generic: bool) -> Candidate:
    """A person as a candidate."""
    levels = levels_of_pair(record, person, known, register.words, is_generic)
    return Candidate(person.number, score(model, levels), veto(levels, model.rules), pack(levels))


def choose(candidates: Iterable[Candidate], model: Model) -> Decision:
    """A match if the best is good, alone in front and nothing forbids it; else review, or none if it is too weak."""
    floor = min(model.review_threshold, 0.0) - 1.0
    ranked = sorted((one for one in candidates if one.score >= floor), key=lambda one: (-one.score, one.person_id))
    if not ranked:
        return as_decision("none", rule="no_candidate")
    best, runner_up = ranked[0], ranked[1] if len(ranked) > 1 else None
    leads = runner_up is None or best.score - runner_up.score >= model.match_threshold
    if best.score < model.review_threshold:
        said = "none"
    else:
        said = "match" if best.score >= model.match_threshold and leads and not best.veto else "review"
    return as_decision(said, best.person_id if said != "none" else None, best, runner_up, best.veto or "weight")


def as_decision(
    said: str,
    person_id: int | None = None,
    best: Candidate | None = None,
    runner_up: Candidate | None = None,
    rule: str = "",
) -> Decision:
    """The columns of a decision."""
    return {
        "decision": said,
        "person_id": person_id,
        "score": best and best.score,
        "runner_up_person_id": runner_up and runner_up.person_id,
        "runner_up_score": runner_up and runner_up.score,
        "rule": rule,
        "vector": best and best.vector,
        "runner_up_vector": runner_up and runner_up.vector,
    }
