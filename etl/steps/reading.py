"""Reading one person's book on a screen: found by its citizen ID, each reading written down before anything is shown.

What is read is read by the reader himself, in his role (`warehouse.access`): these steps find, note and count, and show
no value of a book.
"""

from etl.settings import Settings
from etl.standardise.codes import ETHNIC_GROUPS
from etl.steps.database import warehouse
from etl.steps.person import Asked, check_words, find_person
from etl.steps.trace import Viewer
from etl.warehouse import person_data
from etl.warehouse.audit import record as note

LOOKED_FOR = "a book was looked for"
"""What the audit says of a search: the reader's own words follow with the reading, once it is known whom they may not name."""


def find_books(settings: Settings, number: str, actor: str) -> list[int]:
    """The persons with a book who bear or bore a citizen ID, wherever they live: the caller shows what its reader may see."""
    found = find_person(settings, number, Viewer(actor, LOOKED_FOR))
    return sorted({row["kept_id"] or row["person_id"] for row in found if row["has_book"]})


def note_not_shown(settings: Settings, actor: str) -> None:
    """Somebody asked for a book that is none, or not of his scope. What he typed is not kept: it may name somebody."""
    with warehouse(settings) as connection:
        note(connection, actor, "person.not_shown", "nobody", {})


def note_reading(settings: Settings, person_id: int, viewer: Viewer, role: str) -> None:
    """Write down that a book is read, in which role and why; it is committed when this returns, and may be shown then.

    Raises ConfigError where the reason does not fit, or names the person.
    """
    with warehouse(settings) as connection:
        check_words(settings, connection, Asked(person_id, viewer))
        detail: dict[str, int | str] = {"reason": viewer.reason, "role": role}
        note(connection, viewer.actor, "person.read", f"person {person_id}", detail)


def count_decisions(settings: Settings, person_id: int, *, with_restricted: bool = False) -> dict[str, int]:
    """How many records of a book stand in it by a rule, by likeness, by a reviewer, or until one decides.

    For whom the book is shown already: nothing is told of whose the records could be instead, nor who decided.
    """
    with warehouse(settings) as connection:
        return person_data.count_decisions(connection, person_id, with_restricted=with_restricted)


def restricted_fields(settings: Settings, person_id: int) -> list[str]:
    """The fields that a book fills from a visit which the law restricts: their source would tell of it."""
    with warehouse(settings) as connection:
        return person_data.read_restricted_fields(connection, person_id)


def code_names() -> dict[str, dict[str, str]]:
    """Of fields that hold codes what each code means, where there is a list of them."""
    return {"ethnic_code": {f"{number:02d}": names.split(",")[0] for number, names in enumerate(ETHNIC_GROUPS, 1)}}


def check_book_reason(settings: Settings, person_id: int, viewer: Viewer) -> None:
    """Raise ConfigError for a reason that the audit may not hold: none, one too long, or one that names the person."""
    with warehouse(settings) as connection:
        check_words(settings, connection, Asked(person_id, viewer))
