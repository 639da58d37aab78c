"""Batches as their sender sees them: the receipt, what became of every row, the file given back, withdrawing."""

import io
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from etl import steps
from etl.contracts.reading import Finding
from etl.warehouse.audit import record
from portal.downloads import workbook
from portal.pages import go, own_address, render
from portal.routes.start import BATCHES
from portal.routes.uploads import group
from portal.visitor import NotThere, Officer, Refused, Visitor
from portal.wording import WORDS, field_texts, rule_texts

router = APIRouter()
PAGE_ROWS, PAGE_BATCHES = 100, 30
OWN_ROW = "row of an own batch"
REASONS = {
    "wrong_file": ("Gửi nhầm tệp", "Wrong file"),
    "wrong_month": ("Nhầm kỳ hoặc nhầm đơn vị", "Wrong period or sender"),
    "many_errors": ("Quá nhiều lỗi, sẽ gửi lại", "Too many faults, it will come again"),
    "other": ("Lý do khác", "Another reason"),
}
STEPS = (
    ("received", ("Đã nhận", "Received")),
    ("checked", ("Đã kiểm tra và tiếp nhận", "Checked and taken in")),
    ("in_books", ("Đã vào sổ sức khỏe", "In the health books")),
)


@router.get("/batches")
def list_batches(request: Request, visitor: Officer, page: int = 1) -> Response:
    """All batches of his senders, newest first."""
    page = max(page, 1)
    rows = visitor.rows(
        "officer",
        f"{BATCHES} order by b.batch_id desc limit %s offset %s",
        (PAGE_BATCHES + 1, (page - 1) * PAGE_BATCHES),
    )
    return render(
        request, "batches.html", batches=rows[:PAGE_BATCHES], page=page, has_more=len(rows) > PAGE_BATCHES,
        words=WORDS, rules=rule_texts(),
    )  # fmt: skip


def read_own(visitor: Visitor, batch_id: int) -> dict[str, Any]:
    """A batch of his, with what joins it to others."""
    batch = visitor.one("officer", f"{BATCHES} where b.batch_id = %s", (batch_id,))
    more = visitor.one(
        "officer",
        "select b.sha256, b.bytes, b.encoding, b.separator, b.refusal, s.name as sender_name, s.ward_code, u.upload_id, u.mends_batch_id,"
        " u.user_name, u.submitted_at, u.dispatched_at, u.fault, u.rows_in as told_in, u.accepted as told_accepted,"
        " u.quarantined as told_quarantined, u.duplicate as told_duplicate,"
        " array(select m.batch_id from intake.upload m where m.mends_batch_id = b.batch_id and m.batch_id is not null) as mended_by"
        " from intake.batch b join reference.sender s using (sender_code) left join lateral ("
        "   select * from intake.upload u where u.batch_id = b.batch_id and u.submitted_at is not null order by u.upload_id limit 1) u on true"
        " where b.batch_id = %s",
        (batch_id,),
    )
    return {**batch, **more}


@router.get("/batches/{batch_id}")
def show_batch(request: Request, visitor: Officer, batch_id: int) -> Response:
    """Where it stands, its counts, its faults."""
    batch = read_own(visitor, batch_id)
    findings = [
        Finding(**{**row, "row_nos": tuple(row["row_nos"] or ())})
        for row in visitor.rows(
            "officer",
            "select rule_id, table_name, column_name, severity, action, applicable, row_nos, row_count from quality.finding"
            " where batch_id = %s and row_count > 0"
            " order by array_position(array['critical', 'warning', 'info'], severity), row_count desc, rule_id",
            (batch_id,),
        )
    ]
    withdrawn = visitor.rows(
        "officer", "select is_undo, actor, rows, moved, decided_at from intake.withdrawal where batch_id = %s order by withdrawal_id",
        (batch_id,),
    )  # fmt: skip
    return render(
        request, "batch.html", batch=batch, groups=group(findings), withdrawn=withdrawn, steps=_steps(batch), words=WORDS,
        rules=rule_texts(), fields=field_texts(),
    )  # fmt: skip


def _steps(batch: dict[str, Any]) -> list[tuple[tuple[str, str], bool]]:
    reached = {"received": True, "checked": batch["state"] != "waiting", "in_books": batch["is_in_books"]}
    shown = STEPS if batch["state"] == "accepted" or batch["state"] == "waiting" else STEPS[:2]
    return [(text, reached[name]) for name, text in shown]


@router.get("/batches/{batch_id}/state")
def tell_state(visitor: Officer, batch_id: int) -> Response:
    """For the page that waits."""
    found = visitor.one("officer", "select state from intake.batch where batch_id = %s", (batch_id,))
    return JSONResponse(found)


@router.get("/batches/{batch_id}/receipt")
def show_receipt(request: Request, visitor: Officer, batch_id: int) -> Response:
    """To be printed: number, code, counts, hash."""
    batch = read_own(visitor, batch_id)
    return render(request, "receipt.html", batch=batch, address=_address(request, batch_id), words=WORDS)


def _address(request: Request, batch_id: int) -> str:
    """Where a batch's page is found from outside."""
    return f"{own_address(request)}/batches/{batch_id}"


@router.get("/batches/{batch_id}/code.svg")
def show_code(request: Request, visitor: Officer, batch_id: int) -> Response:
    """The receipt's address as a QR code."""
    read_own(visitor, batch_id)
    picture = io.BytesIO()
    segno.make(_address(request, batch_id), error="m").save(
        picture, kind="svg", scale=4, border=2, svgclass=None, lineclass=None
    )
    return Response(picture.getvalue(), media_type="image/svg+xml")


@router.get("/batches/{batch_id}/rows")
def show_rows(
    request: Request, visitor: Officer, batch_id: int, outcome: str = "quarantined", page: int = 1
) -> Response:
    """Rows that were not taken, or are withdrawn, or stand by another file now: which, and why."""
    batch = read_own(visitor, batch_id)
    if outcome not in WORDS["outcome"]:
        raise NotThere
    page = max(page, 1)
    rows = visitor.rows(
        "officer",
        "select h.row_no, h.outcome, h.rule_id, m.outcome as moved from intake.held_row h"
        " left join intake.moved_row m using (batch_id, row_no)"
        " where h.batch_id = %s and h.outcome = %s order by h.row_no limit %s offset %s",
        (batch_id, outcome, PAGE_ROWS + 1, (page - 1) * PAGE_ROWS),
    )
    counts = {
        row["outcome"]: row["rows"]
        for row in visitor.rows(
            "officer",
            "select outcome, count(*) as rows from intake.held_row where batch_id = %s group by outcome",
            (batch_id,),
        )
    }
    return render(
        request, "batch_rows.html", batch=batch, rows=rows[:PAGE_ROWS], outcome=outcome, counts=counts, page=page,
        has_more=len(rows) > PAGE_ROWS, words=WORDS, rules=rule_texts(),
    )  # fmt: skip


@router.get("/batches/{batch_id}/rows/{row_no}")
def show_row(request: Request, visitor: Officer, batch_id: int, row_no: int) -> Response:
    """All that became of one row of his own file, values included; that he looked is in the audit first."""
    batch = read_own(visitor, batch_id)
    traced = steps.trace_row(visitor.settings, batch_id, row_no, steps.Viewer(visitor.user_name, OWN_ROW))
    return render(request, "batch_row.html", batch=batch, traced=traced, words=WORDS, fields=field_texts())


@router.get("/batches/{batch_id}/annotated.xlsx")
def give_back(visitor: Officer, batch_id: int, only_held: bool = False) -> FileResponse:
    """The own file with results and reasons; or only the rows to be mended."""
    batch = read_own(visitor, batch_id)
    if batch["state"] != "accepted":
        raise Refused("The rows of this batch have no result to give back.", 409)
    with visitor.database.owner() as connection:
        detail: dict[str, int | str] = {"only_held": int(only_held)}
        record(connection, visitor.user_name, "batch.given_back", f"batch {batch_id}", detail)
    name = f"{'can-sua' if only_held else 'ket-qua'}-{batch_id}.xlsx"
    return workbook(
        visitor.settings, name, lambda out: steps.annotate(visitor.settings, batch_id, out, only_held=only_held)
    )


@router.get("/batches/{batch_id}/withdraw")
def ask_withdrawal(request: Request, visitor: Officer, batch_id: int) -> Response:
    """What withdrawing would do, before it is done."""
    batch = read_own(visitor, batch_id)
    told = steps.foretell_withdrawal(visitor.settings, batch_id) if batch["state"] == "accepted" else None
    return render(request, "withdraw.html", batch=batch, told=told, reasons=REASONS, words=WORDS)


@router.post("/batches/{batch_id}/withdraw")
def withdraw(
    visitor: Officer,
    batch_id: int,
    reason: Annotated[str, Form()],
    words: Annotated[str, Form(max_length=200)] = "",
    undo: Annotated[bool, Form()] = False,
) -> Response:
    """Take the batch out of the books, or put it back; the books follow with the next build."""
    read_own(visitor, batch_id)
    if reason not in REASONS or (reason == "other" and not words.strip()):
        raise Refused("Say why: choose a reason, and describe another one in a few words.")
    told = words.strip() or REASONS[reason][0]
    steps.withdraw(visitor.settings, steps.Withdrawal(batch_id, visitor.user_name, told, is_undo=undo))
    return go(f"/batches/{batch_id}?done={'restored' if undo else 'withdrawn'}")


@router.get("/template/{kind}.xlsx")
def give_template(visitor: Officer, kind: str) -> FileResponse:
    """An empty workbook to fill in."""
    if kind not in ("ward_sheet", "health_check"):
        raise Refused("There is no template of this kind.", 404)
    return workbook(visitor.settings, f"mau-{kind}.xlsx", lambda out: steps.template(kind, out))


@router.get("/guide")
def show_guide(request: Request, visitor: Officer) -> Response:
    """One page: how a file is filled in and sent."""
    return render(request, "guide.html")
