"""The officer's uploads: a file comes in parts or whole, is checked at once, looked at, corrected, and sent."""

import fcntl
import os
import re
import shutil
from collections.abc import Sequence
from typing import Annotated, Any, BinaryIO

import pyarrow.compute as pc
from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from etl import steps
from etl.contracts.reading import Finding
from etl.warehouse.audit import record
from portal.downloads import workbook
from portal.folders import part_of
from portal.guard import UPLOADS
from portal.pages import go, render
from portal.visitor import NotThere, Officer, Refused, Visitor
from portal.wording import WORDS, field_texts, ranges, rule_texts
from portal.worker import CALL

router = APIRouter(prefix="/uploads")
SHOWN_RANGES = 40
PAGE_ROWS = 100
PART_BYTES = 4 * 1024**2
KINDS = ("new", "changed", "same", "duplicate", "held", "other_ward")
OWN = """select u.*, s.name as sender_name from intake.upload u
    join reference.sender s using (sender_code) where u.upload_id = %s"""


@router.get("")
def show_form(request: Request, visitor: Officer, mends: int | None = None) -> Response:
    """Where a file is dropped; `mends` is the batch whose rows it mends."""
    senders = read_senders(visitor)
    mended = None
    if mends is not None:
        mended = visitor.one(
            "officer", "select batch_id, sender_code, quarantined from intake.batch where batch_id = %s", (mends,)
        )
    limit = visitor.settings.max_file_bytes
    return render(
        request, "upload.html", senders=senders, mended=mended, limit=limit, part_bytes=PART_BYTES, words=WORDS
    )


def read_senders(visitor: Visitor) -> list[dict[str, Any]]:
    """For whom he may send."""
    return visitor.rows(
        "officer",
        "select sender_code, kind, name, ward_code from reference.sender where sender_code = any(access.senders('officer'))"
        " order by sender_code",
    )


@router.post("")
async def bring_whole(
    request: Request,
    visitor: Officer,
    sender_code: Annotated[str, Form()],
    file: UploadFile,
    mends: Annotated[int | None, Form()] = None,
) -> Response:
    """A file in one request, for browsers without scripts."""
    return await run_in_threadpool(_bring_whole, request, visitor, sender_code, file, mends)


def _bring_whole(request: Request, visitor: Visitor, sender_code: str, file: UploadFile, mends: int | None) -> Response:
    upload_id = _open(request, visitor, sender_code, file.size or 0, mends)
    part = part_of(visitor.settings, upload_id)
    with part.open("wb") as kept:
        shutil.copyfileobj(file.file, kept)
    _finish(visitor, upload_id, file.filename or "")
    return go(f"/uploads/{upload_id}")


@router.post("/parts")
def begin(
    request: Request,
    visitor: Officer,
    sender_code: Annotated[str, Form()],
    size: Annotated[int, Form()],
    mends: Annotated[int | None, Form()] = None,
) -> Response:
    """Begin a file that comes in parts; the script of the page goes on from here, now and after a break."""
    upload_id = _open(request, visitor, sender_code, size, mends)
    return JSONResponse({"upload_id": upload_id, "from": 0, "part_bytes": PART_BYTES})


@router.get("/{upload_id}/parts")
def how_far(visitor: Officer, upload_id: int) -> Response:
    """How many bytes of a file are here."""
    upload = _own(visitor, upload_id)
    part = part_of(visitor.settings, upload_id)
    there = part.stat().st_size if upload["state"] == "receiving" and part.exists() else 0
    return JSONResponse({"upload_id": upload_id, "state": upload["state"], "from": there, "size": upload["bytes"]})


@router.put("/{upload_id}/parts/{start}")
async def bring_part(request: Request, visitor: Officer, upload_id: int, start: int) -> Response:
    """The bytes from `start` on; 409 with how far it is where they do not follow those that are here."""
    upload = await run_in_threadpool(_own, visitor, upload_id)
    part = part_of(visitor.settings, upload_id)
    there = part.stat().st_size if part.exists() else 0
    if upload["state"] != "receiving" or start != there:
        return JSONResponse({"from": there, "state": upload["state"]}, 409)
    with part.open("ab") as kept:
        if not _is_alone(kept, start):
            return JSONResponse({"from": part.stat().st_size, "state": upload["state"]}, 409)
        async for piece in request.stream():
            there += len(piece)
            if there > upload["bytes"]:
                break
            await run_in_threadpool(kept.write, piece)
    if there > upload["bytes"]:
        os.truncate(part, start)
        raise Refused("The file is larger than was announced. Choose it again.")
    return JSONResponse({"from": there})


def _is_alone(kept: BinaryIO, start: int) -> bool:
    """Whether nobody else brings a part of this file at the moment, as from a second window, and none came meanwhile."""
    try:
        fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(kept.fileno()).st_size == start


@router.post("/{upload_id}/whole")
def finish(visitor: Officer, upload_id: int, name: Annotated[str, Form()]) -> Response:
    """The last part is here."""
    upload = _own(visitor, upload_id)
    part = part_of(visitor.settings, upload_id)
    if upload["state"] == "receiving":
        if not part.exists() or part.stat().st_size != upload["bytes"]:
            raise Refused("Some of the file is missing. Choose it again: what is here is kept.", 409)
        _finish(visitor, upload_id, name)
    return JSONResponse({"next": f"/uploads/{upload_id}"})


def _open(request: Request, visitor: Visitor, sender_code: str, size: int, mends: int | None) -> int:
    request.app.state.limiter.take(UPLOADS, visitor.user_name)
    if sender_code not in {sender["sender_code"] for sender in read_senders(visitor)}:
        raise Refused("This sender is not yours. Choose one of the list.", 403)
    if not 0 < size <= visitor.settings.max_file_bytes:
        raise Refused("The file is empty or too large. Split it into smaller ones.", 413)
    return steps.open_upload(visitor.settings, sender_code, visitor.user_name, size, mends)


def _finish(visitor: Visitor, upload_id: int, name: str) -> None:
    part = part_of(visitor.settings, upload_id)
    steps.receive_upload(visitor.settings, upload_id, part, re.split(r"[\\/]", name)[-1][:200] or "tep")
    part.unlink(missing_ok=True)
    _call_worker(visitor)


def _call_worker(visitor: Visitor) -> None:
    """There is something to check or to hand on."""
    with visitor.database.owner() as connection, connection.cursor() as cursor:
        cursor.execute(f"notify {CALL}")


def _check_again(visitor: Visitor, upload_id: int) -> None:
    steps.check_again(visitor.settings, upload_id, visitor.user_name)
    _call_worker(visitor)


def _own(visitor: Visitor, upload_id: int) -> dict[str, Any]:
    return visitor.one("officer", OWN, (upload_id,))


@router.get("/{upload_id}")
def show(request: Request, visitor: Officer, upload_id: int) -> Response:
    """What the check found; until it is done a page that looks again by itself."""
    upload = _own(visitor, upload_id)
    if upload["state"] == "sent":
        return go(f"/batches/{upload['batch_id']}{'' if upload['submitted_at'] else '?done=known'}")
    told: dict[str, Any] = {"upload": upload, "words": WORDS, "rules": rule_texts(), "fields": field_texts()}
    if upload["state"] != "checked":
        return render(request, "upload_state.html", **told)
    checked = steps.read_checked(visitor.settings, upload_id)
    return render(
        request, "upload_result.html", recognition=checked.recognition, preview=checked.preview,
        groups=group(checked.findings), choices=steps.heading_choices(checked.recognition["kind"]), **told,
    )  # fmt: skip


@router.get("/{upload_id}/state")
def tell_state(visitor: Officer, upload_id: int) -> Response:
    """For the page that waits."""
    return JSONResponse({"state": _own(visitor, upload_id)["state"]})


def group(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings that some row fails, by rule, worst first; each with its rows as ranges."""
    groups: dict[str, dict[str, Any]] = {}
    for one in findings:
        if one.row_count:
            known = groups.setdefault(
                one.rule_id,
                {"rule_id": one.rule_id, "severity": one.severity, "columns": [], "rows": set()},
            )
            known["columns"].append(one.column_name)
            known["rows"] |= set(one.row_nos)
    for one_group in groups.values():
        one_group["count"] = len(one_group["rows"])
        one_group["ranges"], one_group["left"] = ranges(one_group.pop("rows"), SHOWN_RANGES)
    return list(groups.values())


@router.get("/{upload_id}/rules/{rule_id}")
def show_rule(request: Request, visitor: Officer, upload_id: int, rule_id: str, page: int = 1) -> Response:
    """Every row that fails a rule, with what was sent."""
    upload = _own(visitor, upload_id)
    found = [one for one in steps.read_checked(visitor.settings, upload_id).findings if one.rule_id == rule_id]
    if not found:
        raise Refused("There is no such rule in this file.", 404)
    numbers = sorted({number for one in found for number in one.row_nos})
    columns = sorted({(one.table_name, one.column_name) for one in found if one.column_name})
    page = _page(page, len(numbers))
    chosen = numbers[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    rows = steps.read_sent(visitor.settings, upload_id, chosen, columns)
    _note_shown(visitor, upload_id, len(rows), rule=rule_id)
    return render(
        request, "upload_rows.html", upload=upload, rule=rule_texts().get(rule_id), columns=[name for _, name in columns], rows=rows,
        page=page, pages=_pages(len(numbers)), total=len(numbers), fields=field_texts(), address="?",
    )  # fmt: skip


@router.get("/{upload_id}/preview")
def show_preview(request: Request, visitor: Officer, upload_id: int, kind: str = "changed", page: int = 1) -> Response:
    """What sending would bring, row by row: of each change the old value and the new."""
    upload = _own(visitor, upload_id)
    if kind not in KINDS:
        raise NotThere
    preview = steps.read_preview(visitor.settings, upload_id)
    wanted = preview["is_other_ward"] if kind == "other_ward" else pc.equal(preview["kind"], kind)
    rows = preview.filter(wanted)
    page = _page(page, rows.num_rows)
    shown = rows.slice((page - 1) * PAGE_ROWS, PAGE_ROWS).to_pylist()
    names = {
        row["row_no"]: row for row in steps.read_sent(visitor.settings, upload_id, [row["row_no"] for row in shown])
    }
    _note_shown(visitor, upload_id, len(shown), kind=kind)
    counts = steps.read_checked(visitor.settings, upload_id).preview
    return render(
        request, "upload_preview.html", upload=upload, kind=kind, counts=counts, rows=shown, names=names, page=page,
        pages=_pages(rows.num_rows), words=WORDS, fields=field_texts(), address=f"?kind={kind}&",
    )  # fmt: skip


def _note_shown(visitor: Visitor, upload_id: int, rows: int, **what: str) -> None:
    """That he saw people of his own file is written down before they are shown."""
    with visitor.database.owner() as connection:
        record(connection, visitor.user_name, "upload.rows_shown", f"upload {upload_id}", {"rows": rows, **what})


def _pages(rows: int) -> int:
    return max(1, -(-rows // PAGE_ROWS))


def _page(page: int, rows: int) -> int:
    return min(max(page, 1), _pages(rows))


@router.get("/{upload_id}/annotated.xlsx")
def give_back(visitor: Officer, upload_id: int) -> FileResponse:
    """The own file with the result and the reasons beside each row, before anything is sent."""
    _own(visitor, upload_id)
    _note_shown(visitor, upload_id, 0, as_file="annotated")
    return workbook(
        visitor.settings,
        f"ket-qua-{upload_id}.xlsx",
        lambda out: steps.annotate_upload(visitor.settings, upload_id, out),
    )


@router.post("/{upload_id}/headings")
async def correct_headings(request: Request, visitor: Officer, upload_id: int) -> Response:
    """What the columns mean after all: kept for this sender, and the file is checked again."""
    form = await request.form()
    chosen = {key[2:]: str(value) for key, value in form.items() if key.startswith("h:")}
    return await run_in_threadpool(_correct_headings, visitor, upload_id, chosen)


def _correct_headings(visitor: Visitor, upload_id: int, chosen: dict[str, str]) -> Response:
    upload = _own(visitor, upload_id)
    checked = steps.read_checked(visitor.settings, upload_id)
    meant = {str(one["text"]): one["field"] for one in checked.recognition["headings"]}
    changed = {text: field for text, field in chosen.items() if text in meant and (meant[text] or "") != field}
    if changed:
        steps.name_headings(visitor.settings, upload["sender_code"], changed, visitor.user_name)
        _check_again(visitor, upload_id)
    return go(f"/uploads/{upload_id}")


@router.post("/{upload_id}/again")
def check_again(visitor: Officer, upload_id: int) -> Response:
    """Check once more, as after a fault of ours."""
    _own(visitor, upload_id)
    _check_again(visitor, upload_id)
    return go(f"/uploads/{upload_id}")


@router.post("/{upload_id}/send")
def send(visitor: Officer, upload_id: int) -> Response:
    """Make a batch of it; the same number however often it is asked."""
    _own(visitor, upload_id)
    batch_id = steps.send_upload(visitor.settings, upload_id, visitor.user_name)
    _call_worker(visitor)
    return go(f"/batches/{batch_id}?done=sent")


@router.post("/{upload_id}/discard")
def discard(visitor: Officer, upload_id: int) -> Response:
    """Give it up: nothing of it is kept but that it was here."""
    _own(visitor, upload_id)
    steps.discard_upload(visitor.settings, upload_id, visitor.user_name)
    part_of(visitor.settings, upload_id).unlink(missing_ok=True)
    return go("/?done=discarded")
