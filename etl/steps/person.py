"""What somebody may ask about his own data: to see it, have it corrected or erased, and know who looked.

Each is written into the audit in the transaction of what it does: where that cannot be written, nothing is shown or done.
Nothing here edits a book, which follows from records, links and decisions alone: a correction is a request that a
steward fulfils by a corrected row or a ruling, and that is tracked until it is answered.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg2.extensions import connection as Connection

from etl.books.survivorship import FIELD_NAMES
from etl.errors import ConfigError
from etl.reports import rights
from etl.settings import Settings
from etl.standardise.text import fold
from etl.steps.database import warehouse
from etl.steps.trace import Viewer
from etl.warehouse import accesses, lineage, person_data, requests
from etl.warehouse.audit import record as note
from etl.warehouse.store import Store

FORMAT = "healthbook.person/1"
LONGEST_REASON = 200
SHORTEST_VALUE = 4
"""Shorter values are words that any letter has."""
LONG_NUMBER = r"\d{9}"
"""As long as the shortest number that names somebody."""
CITIZEN_ID = r"\d{12}"


@dataclass(frozen=True)
class Asked:
    """Whose request it is, who writes it down and why, and when it came (else today)."""

    person_id: int
    viewer: Viewer
    received_on: date | None = None


def find_person(settings: Settings, number: str, viewer: Viewer) -> list[dict[str, Any]]:
    """The persons who bear or bore a citizen ID by the register, with whom each is kept as since a merge.

    It is found by its keyed hash, and is neither written down nor given back.
    """
    _check_viewer(viewer)
    if names_person(viewer.reason, []):
        raise _names_somebody()
    digits = re.sub(r"[ .]", "", number.strip())
    if not re.fullmatch(CITIZEN_ID, digits, re.ASCII):
        raise ConfigError("number: it is no citizen ID; expected 12 digits. Type what stands on the card.")
    with warehouse(settings) as connection:
        found = person_data.find_bearers(connection, Store(settings).seals.hash_of("national_id", digits))
        for subject in [f"person {row['person_id']}" for row in found] or ["nobody"]:
            note(connection, viewer.actor, "person.looked_up", subject, {"reason": viewer.reason})
    return found


def ask_access(settings: Settings, asked: Asked) -> dict[str, Any]:
    """Open a request to see one's data, which `export_person` fulfils."""
    with warehouse(settings) as connection:
        return _open(settings, connection, asked, "access")


def export_person(
    settings: Settings, asked: Asked, *, with_restricted: bool = False, request_id: int | None = None
) -> dict[str, Any]:
    """A person's book as one JSON object, each value with its source; it answers a request, or opens one and answers it.

    What the law restricts (HIV) is left out unless it is asked for, which is an action of its own in the audit. Raises
    ConfigError where there is no book, or the request is another's.
    """
    viewer = asked.viewer
    with warehouse(settings) as connection:
        if request_id is None:
            request_id = _open(settings, connection, asked, "access")["request_id"]
        else:
            check_words(settings, connection, asked)
            _check_request(connection, request_id, asked.person_id)
        found = person_data.read_person(
            connection, Store(settings).seals, asked.person_id, with_restricted=with_restricted
        )
        if found is None:
            raise ConfigError(
                f"person {asked.person_id}: there is no book of that number; expected a person with records. "
                "See `healthbook status`."
            )
        requests.answer_request(connection, request_id, "done", settings.day, viewer.reason, viewer.actor)
        detail: dict[str, int | str] = {"request": request_id, "reason": viewer.reason}
        subject = f"person {asked.person_id}"
        note(connection, viewer.actor, "person.exported", subject, detail)
        if with_restricted:
            note(connection, viewer.actor, "person.restricted_exported", subject, detail)
    return {
        "format": FORMAT,
        "person_id": asked.person_id,
        "exported_on": settings.day,
        "request_id": request_id,
        "restricted_data": rights.RESTRICTED[with_restricted],
        **found,
    }


def ask_correction(settings: Settings, asked: Asked, fields: tuple[str, ...]) -> dict[str, Any]:
    """Open a request to correct fields: its deadlines, where each field comes from, and what the steward must do.

    The value wanted is not stored: it stays in the letter that the reason names.
    """
    _check_fields(fields)
    with warehouse(settings) as connection:
        opened = _open(settings, connection, asked, "rectification", fields)
        sources = {row["field_name"]: row for row in lineage.read_page(connection, asked.person_id)}
    named = ("rule", "batch_id", "row_no", "sender_code", "register_version")
    return {
        **opened,
        "fields": [
            {
                "field": field,
                **{name: sources.get(field, {}).get(name) for name in named},
                **rights.todo_of_correction(sources.get(field, {})),
            }
            for field in fields
        ],
    }


def ask_erasure(settings: Settings, asked: Asked, fields: tuple[str, ...]) -> dict[str, Any]:
    """Open a request to erase fields (none named: those that serve to reach him): of each whether it may be erased.

    Nothing is erased by this: what a book shows follows from records, and `kept` says what stays whatever is decided.
    """
    fields = fields or rights.CONTACT_FIELDS
    _check_fields(fields)
    with warehouse(settings) as connection:
        opened = _open(settings, connection, asked, "erasure", fields)
        sources = {row["field_name"]: row for row in lineage.read_page(connection, asked.person_id)}
    return {
        **opened,
        "erased": [],
        "fields": [{"field": field, **rights.todo_of_erasure(field, sources.get(field, {}))} for field in fields],
        "kept": list(rights.KEPT),
    }


def list_accesses(settings: Settings, asked: Asked) -> dict[str, Any]:
    """Who read or changed what is held of a person, when and why; that this was asked is the next entry."""
    viewer = asked.viewer
    with warehouse(settings) as connection:
        check_words(settings, connection, asked)
        rows = accesses.read_accesses(connection, asked.person_id)
        detail: dict[str, int | str] = {"events": len(rows), "reason": viewer.reason}
        note(connection, viewer.actor, "person.accesses_listed", f"person {asked.person_id}", detail)
    return {"person_id": asked.person_id, "accesses": rows}


def list_requests(settings: Settings, *, is_all: bool = False) -> dict[str, Any]:
    """The requests that wait, the one due first at the top, and how many of them are overdue; or all that there were."""
    with warehouse(settings) as connection:
        rows = requests.read_requests(connection, settings.day, is_all=is_all)
    return {"on": settings.day, "overdue": sum(row["is_overdue"] for row in rows), "requests": rows}


def answer_request(settings: Settings, request_id: int, state: str, viewer: Viewer) -> dict[str, Any]:
    """Acknowledge a request, or close it as done, partly_done or refused; gives it as it stands then."""
    with warehouse(settings) as connection:
        person_id = requests.read_request(connection, request_id)["person_id"]
        check_words(settings, connection, Asked(person_id, viewer))
        before = requests.answer_request(connection, request_id, state, settings.day, viewer.reason, viewer.actor)
        detail: dict[str, int | str] = {
            "request": request_id,
            "kind": before["kind"],
            "from": before["state"],
            "reason": viewer.reason,
        }
        note(connection, viewer.actor, f"request.{state}", f"person {person_id}", detail)
        return requests.read_request(connection, request_id)


def _open(
    settings: Settings, connection: Connection, asked: Asked, kind: str, fields: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Write a request down and audit it; gives it as it stands."""
    check_words(settings, connection, asked)
    viewer, received_on = asked.viewer, asked.received_on or settings.day
    if received_on > settings.day:
        raise ConfigError("received: it lies ahead; expected the day on which the person asked. Correct it.")
    new = requests.NewRequest(asked.person_id, kind, received_on, viewer.reason, viewer.actor, fields)
    request_id = requests.open_request(connection, new)
    detail: dict[str, int | str] = {"request": request_id, "kind": kind, "reason": viewer.reason}
    if fields:
        detail["fields"] = ",".join(fields)
    note(connection, viewer.actor, "request.opened", f"person {asked.person_id}", detail)
    return requests.read_request(connection, request_id)


def _check_request(connection: Connection, request_id: int, person_id: int) -> None:
    standing = requests.read_request(connection, request_id)
    if (standing["person_id"], standing["kind"]) != (person_id, "access"):
        raise ConfigError(
            f"request {request_id}: it is not this person's request for access; expected one of his. "
            "See `healthbook person requests`."
        )


def _check_fields(fields: tuple[str, ...]) -> None:
    if not fields or not set(fields) <= set(FIELD_NAMES):
        raise ConfigError(f"field: a book has no such field; expected some of {', '.join(FIELD_NAMES)}. Name them.")


def check_words(settings: Settings, connection: Connection, asked: Asked) -> None:
    """Raise ConfigError for a person who is not there, and for an actor or reason that the audit may not hold.

    The reason is kept as long as the audit is, so it must not name whom it is about: it is compared with every value
    that the register and his records state. What it says of others cannot be known.
    """
    viewer = asked.viewer
    _check_viewer(viewer)
    if not person_data.has_person(connection, asked.person_id):
        raise ConfigError(
            f"person {asked.person_id}: there is no such person; expected a number of the books. See `healthbook trace`."
        )
    if names_person(viewer.reason, person_data.read_naming_values(connection, Store(settings).seals, asked.person_id)):
        raise _names_somebody()


def _check_viewer(viewer: Viewer) -> None:
    if not viewer.actor.strip() or viewer.actor == "engine":
        raise ConfigError("actor: it names nobody; expected your account. Name it with --actor.")
    if not 0 < len(viewer.reason.strip()) <= LONGEST_REASON:
        raise ConfigError(
            f"reason: it does not fit; expected 1 to {LONGEST_REASON} characters, such as the number of the letter. Shorten it."
        )


def check_reason(viewer: Viewer, values: list[str]) -> None:
    """Raise ConfigError for an actor or a reason that the audit may not hold: empty, too long, or with one of the values."""
    _check_viewer(viewer)
    if names_person(viewer.reason, values):
        raise _names_somebody()


def _names_somebody() -> ConfigError:
    return ConfigError(
        "reason: it names the person or holds a long number; expected words that name nobody, for the audit keeps "
        "them. Name the letter instead."
    )


def names_person(text: str, values: list[str]) -> bool:
    """Whether a text holds one of the values as whole words, with or without tones, or a number of nine digits or more."""
    words = f" {fold(text)} "
    joined = re.sub(r"(?<=\d)[ .](?=\d{3})", "", text)
    return bool(re.search(LONG_NUMBER, joined)) or any(
        f" {folded} " in words for value in values if len(folded := fold(value)) >= SHORTEST_VALUE
    )
