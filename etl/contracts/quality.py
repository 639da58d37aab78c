"""What quality work writes down: findings, standing checks, scores, tasks and their course, notices, each day's report."""

import pyarrow as pa

from etl.contracts.fields import Field, Rows, Table
from etl.contracts.people import BATCH_ID

TEXT, COUNT, DATE, MOMENT = pa.string(), pa.int64(), pa.date32(), pa.timestamp("us", "UTC")
SCOPE_KIND = Field("scope_kind", TEXT, "Phạm vi", "city, sender or ward", is_required=True)
SCOPE_CODE = Field("scope_code", TEXT, "Mã phạm vi", "Code of the sender or ward; HN for the city", is_required=True)

FINDING = Table(
    "finding", "quality", "Phát hiện: một quy tắc, một lô, một cột", "One row for each rule, batch, table and column: how many rows fail it, and which",
    (
        BATCH_ID,
        Field("rule_id", TEXT, "Quy tắc", "Rule of the catalogue", is_required=True),
        Field("table_name", TEXT, "Bảng", "Table of the contract", is_required=True),
        Field("column_name", TEXT, "Cột", "Column of the contract; empty for a whole row or file", is_required=True),
        Field("severity", TEXT, "Mức độ", "critical, warning or info", is_required=True),
        Field("action", TEXT, "Xử lý", "refuse_file, quarantine_row, open_task or count_only", is_required=True),
        Field("applicable", COUNT, "Số dòng áp dụng", "Rows to which the rule applies", is_required=True),
        Field("row_count", COUNT, "Số dòng không đạt", "Rows that fail it", is_required=True),
        Field("row_nos", pa.list_(pa.int32()), "Các dòng", "Row numbers that fail it, as the sender sees them; never a value", is_required=True),
    ),
    ("batch_id", "rule_id", "table_name", "column_name"),
    rows=Rows.batch,
)
STANDING = Table(
    "standing", "quality", "Kiểm tra thường trực", "One row for each day, rule and scope: what a check over the whole warehouse found",
    (
        Field("checked_on", DATE, "Ngày", "The day", is_required=True),
        Field("rule_id", TEXT, "Quy tắc", "Rule of the catalogue", is_required=True),
        SCOPE_KIND, SCOPE_CODE,
        Field("applicable", COUNT, "Áp dụng", "Books, visits, senders … to which the rule applies", is_required=True),
        Field("failing", COUNT, "Không đạt", "Those that fail it", is_required=True),
        Field("observed", pa.float64(), "Giá trị đo", "What was measured, where the rule is a bound on a measure: days, a share, a count"),
        Field("expected", pa.float64(), "Giá trị chờ đợi", "The bound, or what was expected of this scope on this day"),
        Field("has_erred", pa.bool_(), "Không chạy được", "The check could not be run: it counts as failed", is_required=True),
    ),
    ("checked_on", "rule_id", "scope_kind", "scope_code"),
    rows=Rows.everyone,
)
TASK = Table(
    "task", "quality", "Việc phải làm", "One row for each thing that somebody must mend",
    (
        Field("task_id", pa.int64(), "Số việc", "Number of the task", is_required=True),
        Field("rule_id", TEXT, "Quy tắc", "Rule of the catalogue", is_required=True),
        Field("batch_id", pa.int64(), "Lô dữ liệu", "The batch it came with; empty for a standing condition", references="batch.batch_id"),
        Field("sender_code", TEXT, "Đơn vị", "Whose data it is; a ward's is its station, the city's is nobody's", references="sender.sender_code"),
        Field("owner", TEXT, "Người chịu trách nhiệm", "sender, ward or city", is_required=True),
        Field("state", TEXT, "Trạng thái", "open, acknowledged, fixed or closed", is_required=True),
        Field("row_count", COUNT, "Số dòng", "Rows concerned", is_required=True),
        Field("opened_at", MOMENT, "Mở lúc", "When it was opened", is_required=True),
        Field("due_on", DATE, "Hạn", "Day by which it must be mended", is_required=True),
        Field("closed_at", MOMENT, "Đóng lúc", "When the data passed"),
        Field("scope_kind", TEXT, "Phạm vi", "sender, ward or city: whose condition it is", is_required=True),
        Field("scope_code", TEXT, "Mã phạm vi", "Code of the sender or ward; HN for the city", is_required=True),
        Field("acknowledged_at", MOMENT, "Đã nhận việc lúc", "When its owner said that he is at it"),
        Field("assignee", TEXT, "Giao cho", "The account that was asked to do it"),
        Field("reopened", pa.int32(), "Số lần mở lại", "How often the fault came back after the data had passed", is_required=True),
        Field("escalated_at", MOMENT, "Báo lên trên lúc", "When it was told to whoever stands above its owner, its day having passed"),
    ),
    ("task_id",),
    rows=Rows.sender,
)
TASK_EVENT = Table(
    "task_event", "quality", "Diễn biến của việc", "One row for each thing that happened to a task; added to and never changed",
    (
        Field("event_id", pa.int64(), "Số", "Counts up", is_required=True),
        Field("task_id", pa.int64(), "Số việc", "The task", references="task.task_id", is_required=True),
        Field("sender_code", TEXT, "Đơn vị", "Whose data it is", references="sender.sender_code"),
        Field("kind", TEXT, "Diễn biến", "opened, acknowledged, assigned, reminded, escalated, changed (more or fewer rows), closed or reopened", is_required=True),
        Field("happened_on", DATE, "Ngày", "The day of the report in which it shows", is_required=True),
        Field("row_count", COUNT, "Số dòng", "Rows concerned then", is_required=True),
        Field("actor", TEXT, "Ai", "`engine`, or an account", is_required=True),
        Field("noted_at", MOMENT, "Lúc", "When", is_required=True),
    ),
    ("event_id",),
    rows=Rows.sender,
)
NOTICE = Table(
    "notice", "quality", "Thông báo đã gửi", "One row for each message about tasks: to whom, by what way, whether it left",
    (
        Field("notice_id", pa.int64(), "Số", "Counts up", is_required=True),
        Field("noticed_on", DATE, "Ngày", "The day", is_required=True),
        Field("kind", TEXT, "Loại", "opened, reminder or escalation", is_required=True),
        Field("channel", TEXT, "Cách gửi", "email or webhook", is_required=True),
        Field("recipient_kind", TEXT, "Loại nơi nhận", "sender, ward or city", is_required=True),
        Field("recipient_code", TEXT, "Nơi nhận", "Code of the sender or ward; HN for the city", is_required=True),
        Field("tasks", pa.int32(), "Số việc", "Tasks it tells of", is_required=True),
        Field("state", TEXT, "Trạng thái", "waiting, sent or failed", is_required=True),
        Field("attempts", pa.int32(), "Số lần thử", "How often sending was tried", is_required=True),
        Field("fault", TEXT, "Lỗi", "Kind of the last fault, without what the server said"),
        Field("delivered_at", MOMENT, "Gửi lúc", "When it left"),
    ),
    ("notice_id",),
    rows=Rows.city,
)
SCORE = Table(
    "score", "quality", "Điểm chất lượng", "One row for each day, scope and rule, dimension or total",
    (
        Field("scored_on", DATE, "Ngày", "The day", is_required=True),
        SCOPE_KIND, SCOPE_CODE,
        Field("level", TEXT, "Cấp", "rule, dimension or total", is_required=True),
        Field("name", TEXT, "Tên", "Rule, dimension (correct, complete, clean, live) or total", is_required=True),
        Field("satisfied", COUNT, "Đạt", "Rows that satisfy it", is_required=True),
        Field("applicable", COUNT, "Áp dụng", "Rows to which it applies", is_required=True),
        Field("score", pa.float64(), "Điểm", "0 to 100; empty where nothing was applicable, which is not a pass"),
        Field("catalogue_version", TEXT, "Phiên bản bộ quy tắc", "Digest of the catalogue", is_required=True),
    ),
    ("scored_on", "scope_kind", "scope_code", "level", "name"),
    rows=Rows.everyone,
)
REPORT_DAY = Table(
    "report_day", "quality", "Báo cáo từng ngày", "One row for each day's report: all that it showed, so that it can be shown again as it was",
    (
        Field("reported_on", DATE, "Ngày", "The day", is_required=True),
        Field("catalogue_version", TEXT, "Phiên bản bộ quy tắc", "Digest of the catalogue", is_required=True),
        Field("digest", TEXT, "Mã băm", "SHA-256 of the content, 64 hex digits", is_required=True),
        Field("content", TEXT, "Nội dung", "Counts and scores of the report, as JSON", is_required=True),
        Field("made_at", MOMENT, "Lập lúc", "When", is_required=True),
    ),
    ("reported_on",),
    rows=Rows.everyone,
)
SIGNATURE = Table(
    "signature", "quality", "Ký xác nhận số liệu", "One row for each month that a ward or the city signed off: the figures as they were then; added to and never changed",
    (
        Field("signature_id", pa.int64(), "Số", "Counts up", is_required=True),
        Field("period", TEXT, "Kỳ", "Month, such as 2026-10", is_required=True),
        SCOPE_KIND, SCOPE_CODE,
        Field("reported_on", DATE, "Báo cáo ngày", "The day's report whose figures were signed", is_required=True),
        Field("digest", TEXT, "Mã băm", "SHA-256 of the figures, 64 hex digits", is_required=True),
        Field("figures", TEXT, "Số liệu", "What was signed, as JSON: scores, and rows by outcome", is_required=True),
        Field("actor", TEXT, "Ai ký", "Account of who signed", is_required=True),
        Field("signed_at", MOMENT, "Ký lúc", "When", is_required=True),
    ),
    ("signature_id",),
    rows=Rows.everyone,
)
