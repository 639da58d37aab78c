"""For whoever keeps it running: how the parts are, what waits, senders and batches; nothing about a person."""

from typing import Any

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import Response

from etl import steps
from etl.orchestration.client import COMPONENTS_WATCHED
from etl.orchestration.names import RECEIVE_BATCHES
from etl.reports.page import BATCH_STATES, KINDS
from etl.settings import Settings
from portal.pages import go, render
from portal.visitor import Engineer, NotThere, Refused, fetch
from portal.wording import WORDS, rule_texts

router = APIRouter(prefix="/operations")
PAGE_BATCHES, QUEUE_ROWS, RUNS = 30, 30, 5
AIRFLOW_SECONDS = 2.0
RUN_STATES = {
    "proposed": ("Chờ duyệt", "Waits for approval"),
    "rejected": ("Bị từ chối", "Rejected"),
    "linked": ("Đang dựng: đã ghép", "Being built: linked"),
    "merged": ("Đang dựng: đã hợp nhất", "Being built: merged"),
    "published": ("Đã đưa vào sổ", "Published"),
    "scored": ("Hoàn tất", "Finished"),
}
SENDER_KINDS = {
    "hospital": ("Bệnh viện", "Hospital"),
    "ward": ("Phường, xã", "Ward"),
    "district": ("Quận, huyện cũ", "Old district"),
    "register": ("Dân cư", "Register"),
}
FAULTS = {"airflow_away": ("Airflow không trả lời", "Airflow is away")}
DIFFERENCES = {
    "kept": ("Giữ nguyên", "Kept"),
    "moved": ("Chuyển người", "Moved"),
    "split": ("Tách", "Split"),
    "merged": ("Gộp", "Merged"),
}


@router.get("")
def show_parts(request: Request, visitor: Engineer) -> Response:
    """Whether each part is well, what waits in the queue, and how the last builds went."""
    with visitor.acting("engineer") as connection:
        runs = fetch(connection, "select * from identity.run order by run_id desc limit %s", (RUNS,))
        proposed = fetch(connection, "select run_id, started_at from identity.run where state = 'proposed' order by 1")
        queue = fetch(connection, QUEUE, (QUEUE_ROWS,))
        (counts,) = fetch(connection, COUNTS)
    for run in proposed:
        run["differences"] = steps.read_differences(visitor.settings, run["run_id"])
    return render(
        request, "operations.html", health=steps.read_health(visitor.settings), airflow=airflow_address(visitor.settings),
        airflow_parts=read_airflow(visitor.settings), runs=runs, proposed=proposed, queue=queue, counts=counts,
        run_states=RUN_STATES, faults=FAULTS, differences=DIFFERENCES, words=WORDS, dag=RECEIVE_BATCHES,
    )  # fmt: skip


QUEUE = """select upload_id, sender_code, state, bytes, batch_id, attempts, fault, created_at, submitted_at from intake.upload
    where state in ('waiting', 'failed') or (state = 'sent' and submitted_at is not null and dispatched_at is null)
    order by upload_id limit %s"""
COUNTS = """select count(*) filter (where state = 'waiting') as checks, count(*) filter (where state = 'failed') as failed,
    count(*) filter (where state = 'sent' and submitted_at is not null and dispatched_at is null) as dispatches,
    (select max(reported_on) from quality.report_day) as reported_on,
    (select count(*) from intake.batch where state = 'waiting') as batches from intake.upload"""


def airflow_address(settings: Settings) -> str:
    """Airflow's own pages, which ask for a login of their own."""
    return f"http://{settings.host}:{settings.airflow_port}"


def read_airflow(settings: Settings) -> dict[str, bool] | None:
    """Which of Airflow's parts are well, over REST; None where it does not answer within two seconds."""
    try:
        with httpx.Client(base_url=airflow_address(settings), timeout=AIRFLOW_SECONDS, trust_env=False) as client:
            health = client.get("/api/v2/monitor/health").json()
        return {part: (health.get(part) or {}).get("status") == "healthy" for part in COMPONENTS_WATCHED}
    except (httpx.HTTPError, ValueError, AttributeError):
        return None


@router.get("/senders")
def list_senders(request: Request, visitor: Engineer) -> Response:
    """Everyone who sends, how often one is expected to, and what came last."""
    rows = visitor.rows("engineer", SENDERS)
    return render(request, "operations_senders.html", senders=rows, kinds=SENDER_KINDS, words=WORDS)


SENDERS = """select s.sender_code, s.kind, s.name, s.rhythm_days, b.batch_id, b.state, b.received_at, t.is_late, t.batch_count
    from reference.sender s left join report.sender_status t using (sender_code)
    left join lateral (select batch_id, state, received_at from intake.batch b where b.sender_code = s.sender_code
        order by batch_id desc limit 1) b on true
    order by b.batch_id desc nulls last, s.sender_code"""


@router.get("/batches")
def list_batches(
    request: Request, visitor: Engineer, sender: str = "", state: str = "", kind: str = "", page: int = 1
) -> Response:
    """All batches, newest first, by sender, state and kind; each with the run of Airflow that took it in."""
    page = min(max(page, 1), 100_000)
    wanted: dict[str, Any] = {
        "sender": sender or None, "state": state or None, "kind": kind or None, "most": PAGE_BATCHES + 1,
        "left": (page - 1) * PAGE_BATCHES,
    }  # fmt: skip
    if any("\0" in text for text in (sender, state, kind)):
        raise NotThere
    rows = visitor.rows("engineer", BATCHES, wanted)
    return render(
        request, "operations_batches.html", batches=rows[:PAGE_BATCHES], page=page, has_more=len(rows) > PAGE_BATCHES,
        sender=sender, state=state, kind=kind, states=BATCH_STATES, kinds={name: told for name, told in KINDS.items() if name},
        airflow=airflow_address(visitor.settings), dag=RECEIVE_BATCHES, rules=rule_texts(), words=WORDS,
    )  # fmt: skip


BATCHES = """select b.batch_id, b.sender_code, b.kind, b.state, b.refusal_rule_id, b.rows_in, b.accepted, b.quarantined,
    b.duplicate, b.withdrawn, b.received_at, b.finished_at, u.upload_id, u.dag_run_id, u.attempts, u.fault
    from intake.batch b left join lateral (select upload_id, dag_run_id, attempts, fault from intake.upload u
        where u.batch_id = b.batch_id and u.submitted_at is not null order by upload_id limit 1) u on true
    where (%(sender)s::text is null or b.sender_code = %(sender)s) and (%(state)s::text is null or b.state = %(state)s)
        and (%(kind)s::text is null or b.kind = %(kind)s)
    order by b.batch_id desc limit %(most)s offset %(left)s"""


@router.post("/uploads/{upload_id}/again")
def check_again(visitor: Engineer, upload_id: int) -> Response:
    """A check that failed by our fault is tried once more."""
    upload = visitor.one("engineer", "select state from intake.upload where upload_id = %s", (upload_id,))
    if upload["state"] != "failed":
        raise Refused("This check did not fail; there is nothing to try again.", 409)
    steps.check_again(visitor.settings, upload_id, visitor.user_name)
    with visitor.database.owner() as connection, connection.cursor() as cursor:
        cursor.execute("notify upload")
    return go("/operations?done=saved")
