"""One batch and one row as a manager sees them: counts, faults and row numbers; a name only for who may, and says why."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response

from etl import steps
from etl.contracts import PERSON_RECORD
from etl.contracts.reading import Finding
from etl.errors import ConfigError
from portal.pages import render, say
from portal.routes.uploads import group
from portal.visitor import Forbidden, Manager, Visitor
from portal.wording import WORDS, field_texts, rule_texts

router = APIRouter(prefix="/reports/batches")
BATCH = (
    "select b.batch_id, b.sender_code, s.name as sender_name, s.ward_code, b.kind, b.state, b.refusal_rule_id, b.rows_in, b.accepted,"
    " b.quarantined, b.duplicate, b.withdrawn, b.received_at, b.finished_at from intake.batch b"
    " left join reference.sender s using (sender_code) where b.batch_id = %s"
)
FINDINGS = (
    "select rule_id, table_name, column_name, severity, action, applicable, row_nos, row_count from quality.finding"
    " where batch_id = %s and row_count > 0"
    " order by array_position(array['critical', 'warning', 'info'], severity), row_count desc, rule_id"
)
RIGHTS = {
    "steward": ("Bạn mở được với vai trò người xem xét danh tính", "You may, as a steward"),
    "officer": ("Bạn mở được với vai trò cán bộ của đơn vị gửi", "You may, as an officer of this sender"),
    "reader": (
        "Bạn mở được với vai trò người đọc sổ của phường, xã này",
        "You may, as a reader of books over this ward",
    ),
}
ROW_OUTCOMES = {
    **WORDS["outcome"],
    "waiting": ("Đang chờ tiếp nhận", "Waiting to be taken in"),
    "refused": ("Cả tệp bị từ chối", "The whole file was refused"),
    "left_out": ("Không phải dòng của một người", "Names nobody, left out"),
    "heading": ("Dòng tiêu đề", "A heading"),
    "beyond_the_file": ("Tệp không có dòng này", "The file has no such row"),
    "no_longer_kept": ("Không còn lưu", "No longer kept"),
    "unaccounted": ("Không rõ", "Unaccounted for"),
}
RowNo = Annotated[int, Path(ge=1, le=10_000_000)]
SHOWN_ROWS = 200
"""Row numbers of one rule that are links; how many more there are is said."""


@router.get("/{batch_id}")
def show_batch(request: Request, visitor: Manager, batch_id: int) -> Response:
    """Its counts, and its faults with the numbers of their rows."""
    batch = visitor.one("manager", BATCH, (batch_id,))
    found = [
        Finding(**{**row, "row_nos": tuple(row["row_nos"] or ())})
        for row in visitor.rows("manager", FINDINGS, (batch_id,))
    ]
    numbers: dict[str, set[int]] = {}
    for one in found:
        numbers.setdefault(one.rule_id, set()).update(one.row_nos)
    return render(
        request, "reports_batch.html", batch=batch, groups=group(found), rules=rule_texts(), fields=field_texts(), words=WORDS,
        numbers={rule_id: sorted(rows) for rule_id, rows in numbers.items()}, most=SHOWN_ROWS,
    )  # fmt: skip


@router.get("/{batch_id}/rows/{row_no}")
def show_row(request: Request, visitor: Manager, batch_id: int, row_no: RowNo) -> Response:
    """What became of a row, every value hidden."""
    return _show_row(request, visitor, batch_id, row_no)


@router.post("/{batch_id}/rows/{row_no}/name")
def open_name(
    request: Request, visitor: Manager, batch_id: int, row_no: RowNo, reason: Annotated[str, Form(max_length=1000)] = ""
) -> Response:
    """Who the row is about, for a stated reason, which the audit holds before anything is shown."""
    batch = visitor.one("manager", BATCH, (batch_id,))
    right = right_of(visitor, batch)
    if right is None:
        raise Forbidden
    viewer = steps.Viewer(visitor.user_name, reason.strip())
    wards = _wards_of(visitor) if right == "reader" else None
    try:
        opened = steps.open_names(visitor.settings, batch_id, row_no, viewer, wards)
    except ConfigError as error:
        return _show_row(request, visitor, batch_id, row_no, wrong=_why(request, error))
    return _show_row(request, visitor, batch_id, row_no, opened=opened)


def right_of(visitor: Visitor, batch: dict[str, Any]) -> str | None:
    """The role by which he may open names of a batch: steward, officer of its sender, or reader over its ward; else None."""
    if visitor.has("steward") and visitor.rows(
        "steward", "select from intake.batch where batch_id = %s", (batch["batch_id"],)
    ):
        return "steward"
    if visitor.has("officer") and visitor.rows(
        "officer", "select from intake.batch where batch_id = %s", (batch["batch_id"],)
    ):
        return "officer"
    wards = _wards_of(visitor)
    return "reader" if visitor.has("reader") and (wards is None or batch["ward_code"] in wards) else None


def _wards_of(visitor: Visitor) -> tuple[str, ...] | None:
    """Wards that he may read books of; None for the whole city."""
    parts = visitor.permissions.get("reader", [])
    return None if "city" in parts else tuple(part.removeprefix("ward:") for part in parts)


def _why(request: Request, error: ConfigError) -> str:
    """Why a name was not opened, by the place that the error names."""
    place = str(error).split(":")[0]
    if place != "reason":
        return say(request, "This row is about somebody of another ward. Ask whoever reads the books of that ward.")
    if "names the person" in str(error):
        return say(request, "The reason names the person or holds a long number. Say it without: the audit keeps it.")
    return say(request, "State the reason in 1 to 200 characters, such as the number of the letter.")


def _show_row(
    request: Request,
    visitor: Visitor,
    batch_id: int,
    row_no: int,
    opened: list[dict[str, Any]] | None = None,
    wrong: str = "",
) -> Response:
    batch = visitor.one("manager", BATCH, (batch_id,))
    traced = steps.trace_row(visitor.settings, batch_id, row_no)
    shown = [one for one in traced["fields"] if one["table"] == PERSON_RECORD.name]
    return render(
        request, "reports_row.html", 400 if wrong else 200, batch=batch, row_no=row_no, traced=traced, shown=shown,
        opened=opened, wrong=wrong, right=right_of(visitor, batch), fields=field_texts(),
        words={**WORDS, "row_outcome": ROW_OUTCOMES, "right": RIGHTS},
    )  # fmt: skip
