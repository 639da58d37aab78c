"""Review: what a reviewer looks at next, what he decides, and how the queue stands."""

import dataclasses
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.linkage import review
from etl.settings import Settings
from etl.steps.bonds import relink
from etl.steps.database import read_by, warehouse
from etl.steps.explain import explain_records, sized_model
from etl.warehouse import links, queue, rulings, samples
from etl.warehouse.audit import record as note
from etl.warehouse.store import Store

AGES = ((1, "1 day"), (7, "7 days"), (30, "30 days"))
OLDER = "older"
MOST_SHOWN = 100
RANKED = ("position", "value", "uncertainty", "records", "events", "is_passed", "is_contested")


def next_pairs(settings: Settings, actor: str, count: int = 1, reader: Connection | None = None) -> dict[str, Any]:
    """The pairs that are worth most to decide: `waiting` (how many) and `items`, each explained.

    Holds what records and persons state: for a reviewer's eyes. That he was shown them is audited. It is read by `reader`,
    in his own role, where he has a connection of his own.
    """
    review.check_actor(actor)
    if not 1 <= count <= MOST_SHOWN:
        raise ConfigError(f"count: it does not fit; expected 1 to {MOST_SHOWN}. Ask for fewer at a time.")
    with warehouse(settings) as connection:
        ranked = _ranked(settings, connection, reader or connection)
        chosen = ranked.slice(0, count).to_pylist()
        ids = [int(row["record_id"]) for row in chosen]
        explained = explain_records(settings, connection, ids, reader)
        before = queue.read_rulings_of(reader or connection, Store(settings).seals, ids)
        for row in chosen:
            detail = {"position": int(row["position"]), "waiting": ranked.num_rows}
            note(connection, actor, "review.shown", f"record {row['record_id']}", detail)
    items = [
        {
            **{name: row[name] for name in RANKED},
            **explained[int(row["record_id"])],
            "rulings": before[int(row["record_id"])],
        }
        for row in chosen
    ]
    return {"waiting": ranked.num_rows, "items": items}


def rank_waiting(settings: Settings, count: int, reader: Connection | None = None) -> tuple[int, list[int]]:
    """How many records wait, and the numbers of the first ones, what is worth most first: nothing of what they state."""
    with warehouse(settings) as connection:
        ranked = _ranked(settings, connection, reader or connection)
    return ranked.num_rows, [int(one) for one in ranked["record_id"].slice(0, count).to_pylist()]


def _ranked(settings: Settings, connection: Connection, reader: Connection) -> pa.Table:
    shares = review.same_shares(queue.read_verdicts(reader))
    return review.rank(queue.read_waiting(reader), sized_model(settings, connection), shares)


def decide(settings: Settings, ruling: rulings.Ruling, seen_link_id: int | None = None) -> dict[str, Any]:
    """Write a reviewer's ruling down; unless it is a blind one the record's link follows at once, in one transaction.

    Books follow with the next build. Raises ConfigError where the ruling does not fit the record or its words, or where
    the record's link is another by now than the one that he saw.
    """
    review.check_words(ruling.verdict, ruling.reason, ruling.note, ruling.actor)
    with warehouse(settings) as connection:
        links.lock_build(connection)  # a build under way read the rulings before this one, and would undo it
        link = rulings.read_open_link(connection, ruling.record_id)
        if seen_link_id not in (None, link.link_id):
            raise ConfigError(
                f"record {ruling.record_id}: somebody or a build decided meanwhile; expected the link that was shown. "
                "Look at it again."
            )
        if ruling.is_blind:
            _check_blind(connection, ruling)
        else:
            _check_person(connection, ruling, link)
        ruling_id = rulings.write_ruling(connection, _sealed(settings, ruling), link, _weigh(ruling, link))
        if not ruling.is_blind:
            _carry_out(settings, connection, ruling, ruling_id, link)
        after = rulings.read_open_link(connection, ruling.record_id)
    return {
        "ruling_id": ruling_id,
        "record_id": ruling.record_id,
        "verdict": ruling.verdict,
        "person_id": ruling.person_id,
        "link_before": {"decision": link.decision, "person_id": link.person_id},
        "link_after": {"decision": after.decision, "person_id": after.person_id},
    }


def _carry_out(
    settings: Settings, connection: Connection, ruling: rulings.Ruling, ruling_id: int, link: rulings.OpenLink
) -> None:
    """Let links follow a ruling: of a person of the register the record's own, of a provisional person all of his."""
    if ruling.person_id > 0:
        new = review.settle(ruling.verdict, ruling.person_id, _standing(link))
        if new is not None:
            rulings.change_link(connection, link, ruling_id, ruling.actor, **new.__dict__)
        return
    relink(settings, connection, ruling_id, ruling.record_id, ruling.actor)


def _sealed(settings: Settings, ruling: rulings.Ruling) -> rulings.Ruling:
    """As it is stored: the note may name somebody."""
    if ruling.note is None:
        return ruling
    return dataclasses.replace(ruling, note=Store(settings).seals.seal_value("note", ruling.person_id, ruling.note))


def default_person(settings: Settings, record_id: int, verdict: str, sample_id: int | None = None) -> int:
    """The person whom a ruling is about where none is named: the sample's, the linked one to split from, the candidate."""
    with warehouse(settings) as connection:
        if sample_id is not None:
            return samples.read_person(connection, sample_id, record_id)
        link = rulings.read_open_link(connection, record_id)
    person_id = link.person_id if verdict == "split" or link.decision == "match" else link.candidate_person_id
    if person_id is None:
        raise ConfigError(
            f"record {record_id}: it has no candidate; expected the person whom the ruling is about. Name him with --person."
        )
    return person_id


def _standing(link: rulings.OpenLink) -> review.Standing:
    return review.Standing(link.record_id, link.person_id, link.decision, link.rule, link.candidate_person_id)


def _check_person(connection: Connection, ruling: rulings.Ruling, link: rulings.OpenLink) -> None:
    """The person must be one whom the verdict can be about."""
    if ruling.verdict == "same" and ruling.person_id < 0:
        _check_joined(connection, ruling, link)
    elif ruling.verdict == "split":
        if ruling.person_id != link.person_id:
            raise ConfigError(
                f"record {ruling.record_id}: it is not linked to this person; expected the linked one, to split from. "
                "See `healthbook explain`."
            )
    elif ruling.verdict != "same" and rulings.was_ruled(connection, ruling.record_id, ruling.person_id):
        return  # what was ruled may be taken back, whoever the person has become
    elif not rulings.is_in_register(connection, ruling.person_id):
        raise ConfigError(
            f"person {ruling.person_id}: the register does not know this person, or has cancelled the entry; expected "
            "a person of the register, or a provisional one that `healthbook review alike` shows. To take a record out of a "
            "provisional person, rule split."
        )


def _check_joined(connection: Connection, ruling: rulings.Ruling, link: rulings.OpenLink) -> None:
    """Both must be provisional persons that stand, and two."""
    if link.person_id > 0:
        raise ConfigError(
            f"record {ruling.record_id}: it is linked to a person of the register; expected one of a provisional person. "
            "Split it first, or rule the other record to be of that person."
        )
    if rulings.read_person_of(connection, -ruling.person_id) != ruling.person_id:
        raise ConfigError(
            f"person {ruling.person_id}: no record stands by this number; expected a provisional person. "
            "See `healthbook review alike`."
        )
    if link.person_id == ruling.person_id:
        raise ConfigError(
            f"record {ruling.record_id}: it is this person's already; expected another person. There is nothing to join."
        )


def _check_blind(connection: Connection, ruling: rulings.Ruling) -> None:
    """A blind ruling is on a pair of its sample, by somebody who has not ruled on it before."""
    assert ruling.sample_id is not None
    person_id = samples.read_person(connection, ruling.sample_id, ruling.record_id)
    if person_id != ruling.person_id:
        raise ConfigError(
            f"sample {ruling.sample_id}: it does not hold record {ruling.record_id} with this person; expected a pair "
            f"of the sample. See `healthbook review next --sample {ruling.sample_id}`."
        )
    if rulings.was_ruled(connection, ruling.record_id, ruling.person_id, ruling.actor):
        raise ConfigError(
            f"record {ruling.record_id}: this reviewer has ruled on the pair before; expected somebody else's eyes. "
            "Leave it to another reviewer."
        )


def _weigh(ruling: rulings.Ruling, link: rulings.OpenLink) -> rulings.Weighed:
    """What the link knows of the pair ruled on, and of its best rival."""
    best = (link.score, link.vector)
    runner_up = (link.runner_up_score, link.runner_up_vector)
    if ruling.person_id == link.candidate_person_id:
        (score, vector), (rival, rival_vector) = best, runner_up
    elif ruling.person_id == link.runner_up_person_id:
        (score, vector), (rival, rival_vector) = runner_up, best
    else:
        return rulings.Weighed()
    lead = None if score is None or rival is None else score - rival
    return rulings.Weighed(score, lead, vector, rival_vector)


def status(settings: Settings, reader: Connection | None = None) -> dict[str, Any]:
    """How the queue stands: how many wait, by rule and by age, and what was ruled."""
    with read_by(settings, reader) as connection:
        waiting = queue.read_waiting(connection).to_pylist()
        ruled = rulings.count_rulings(connection)
    now = datetime.now(UTC)
    days = [(now - row["opened_at"]).total_seconds() / 86_400 for row in waiting]
    ages = Counter(next((name for most, name in AGES if age <= most), OLDER) for age in days)
    return {
        "waiting": len(waiting),
        "cannot_tell": sum(row["is_passed"] for row in waiting),
        "contested": sum(row["is_contested"] for row in waiting),
        "by_rule": dict(sorted(Counter(row["rule"] for row in waiting).items())),
        "by_age": {name: ages[name] for name in (*(name for _, name in AGES), OLDER)},
        "ruled": ruled,
    }
