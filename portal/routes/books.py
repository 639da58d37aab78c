"""The health book of one person: found by a number that no address holds, shown for a stated reason, each time written down."""

import re
import threading
import time
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from limits import RateLimitItemPerMinute

from etl import steps
from etl.contracts import TABLES
from etl.errors import ConfigError
from portal import book_page, book_words
from portal.language import translatable
from portal.pages import go, render, say
from portal.visitor import Reader, Visitor, fetch

router = APIRouter(prefix="/books")
LOOKS = RateLimitItemPerMinute(60)
"""Of one account: nobody reads faster, and whoever tries numbers does."""
FRESH_SECONDS = 15 * 60
CITIZEN_ID, BOOK_NUMBER = r"\d{12}", r"-?\d{1,18}|-?[1-8]\d{18}"
NO_BOOK = translatable("There is no book with this number in your scope.")
NO_REASON = translatable(
    "The reason does not fit. Write 1 to 200 characters that name nobody and hold no number of a person: for example the appointment, or the number of the letter."
)
NO_NUMBER = translatable("This is neither a citizen ID (12 digits) nor the number of a book.")


class Stated:
    """For which persons' books a session stated a reason a short while ago, in which role: kept here, and nowhere else."""

    def __init__(self) -> None:
        self._reasons: dict[tuple[str, int], tuple[str, str, float]] = {}
        self._changing = threading.Lock()

    def put(self, session_hash: str, person_id: int, role: str, reason: str) -> None:
        """Somebody said why he reads a book."""
        now = time.monotonic()
        with self._changing:
            self._reasons = {key: one for key, one in self._reasons.items() if now - one[2] < FRESH_SECONDS}
            self._reasons[session_hash, person_id] = (role, reason, now)

    def get(self, session_hash: str, person_id: int) -> tuple[str, str] | None:
        """Role and reason, while they are fresh."""
        role, reason, at = self._reasons.get((session_hash, person_id), ("", "", -FRESH_SECONDS))
        return (role, reason) if time.monotonic() - at < FRESH_SECONDS else None


STATED = Stated()


@router.get("")
def show_form(request: Request, visitor: Reader) -> Response:
    """Whose book, and why."""
    return _form(request, visitor)


@router.post("")
def find(
    request: Request,
    visitor: Reader,
    number: Annotated[str, Form(max_length=40)],
    reason: Annotated[str, Form(max_length=400)] = "",
    role: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Find a book and note why it is read. What is none, or another ward's, gets the same answer."""
    request.app.state.limiter.take(LOOKS, "books", visitor.user_name)
    reason = " ".join(reason.split())
    role = role if role in _roles(visitor) else _roles(visitor)[0]
    told = {"reason": reason, "role": role}
    digits = re.sub(r"[ .]", "", number)
    is_citizen_id = re.fullmatch(CITIZEN_ID, digits, re.ASCII) is not None
    if not is_citizen_id and not re.fullmatch(BOOK_NUMBER, digits, re.ASCII):
        return _form(request, visitor, NO_NUMBER, 422, **told)
    if not 0 < len(reason) <= 200:
        return _form(request, visitor, NO_REASON, 422, **told)
    asked = steps.find_books(visitor.settings, digits, visitor.user_name) if is_citizen_id else [int(digits)]
    with visitor.acting(role) as connection:
        seen = book_page.is_shown_to(connection, asked)
    if not seen:
        steps.note_not_shown(visitor.settings, visitor.user_name)
        return _form(request, visitor, NO_BOOK, 404, **told)
    try:
        steps.check_book_reason(visitor.settings, seen[0], steps.Viewer(visitor.user_name, reason))
    except ConfigError:
        return _form(request, visitor, NO_REASON, 422, role=role)
    STATED.put(visitor.session_hash, seen[0], role, reason)
    return go(f"/books/{seen[0]}")


@router.get("/{person_id}")
def show_book(request: Request, visitor: Reader, person_id: int) -> Response:
    """The book, where a reason was stated for it a short while ago; that it is read is in the audit before it is shown."""
    stated = STATED.get(visitor.session_hash, person_id)
    if stated is None:
        return _form(request, visitor, book_number=str(person_id))
    role, reason = stated
    request.app.state.limiter.take(LOOKS, "books", visitor.user_name)
    with visitor.acting(role) as connection:
        if not book_page.is_shown_to(connection, [person_id]):
            return _form(request, visitor, NO_BOOK, 404)
    steps.note_reading(visitor.settings, person_id, steps.Viewer(visitor.user_name, reason), role)
    with visitor.acting(role, reason) as connection:
        found = book_page.read_book(connection, visitor.settings, person_id)
    if found is None:
        return _form(request, visitor, NO_BOOK, 404)
    if role != "hiv":
        found = book_page.without_restricted(found, steps.restricted_fields(visitor.settings, person_id))
    with visitor.database.owner() as connection:  # a list that is nobody's
        chapters = fetch(connection, CHAPTERS, (_categories(found),))
    decisions = steps.count_decisions(visitor.settings, person_id, with_restricted=role == "hiv")
    return render(
        request, "book.html", person_id=person_id, role=role, reason=reason, found=found, words=book_words,
        tell=book_page.tell, columns=book_page.columns, senders=book_page.sender_names(), decisions=decisions,
        chapters={row["category"]: (row["name"], row["name_en"]) for row in chapters}, headings_of=_heading, clock=_clock,
        **book_page.arrange(found),
    )  # fmt: skip


CHAPTERS = """select category, name, name_en from (select unnest(%s::text[]) as category) c
    join reference.icd10_chapter i on c.category collate "C" between i.first_category and i.last_category"""


def _categories(found: dict[str, Any]) -> list[str]:
    codes = [row["icd10_code"] for name in ("diagnosis", "history") for row in found[name]]
    return sorted({code[:3] for code in (*codes, *(row["main_icd10_code"] for row in found["encounter"])) if code})


def _heading(table_name: str, name: str) -> tuple[str, str]:
    return book_words.heading(TABLES[table_name], name)


def _clock(at: datetime) -> str:
    """A moment as the facility wrote it, in Hanoi's time; a day where the time of day is not known."""
    return f"{at:%d/%m/%Y}" if (at.hour, at.minute) == (0, 0) else f"{at:%d/%m/%Y %H:%M}"


def _roles(visitor: Visitor) -> list[str]:
    return [role for role in ("reader", "hiv") if visitor.has(role)]


def _form(
    request: Request, visitor: Visitor, wrong: str = "", status: int = 200, *, reason: str = "", role: str = "",
    book_number: str = "",
) -> Response:  # fmt: skip
    """What was typed as a number is not given back: a citizen ID stands on no page."""
    return render(
        request, "book_form.html", status, wrong=say(request, wrong) if wrong else "", reason=reason, role=role,
        roles=_roles(visitor), book_number=book_number,
    )  # fmt: skip
