"""The audit, the chain over it, and what people ask about their own data."""

import pyarrow as pa

from etl.contracts.fields import Field, Rows, Table

TEXT, DATE, MOMENT = pa.string(), pa.date32(), pa.timestamp("us", "UTC")

AUDIT_EVENT = Table(
    "event",
    "audit",
    "Nhật ký",
    "Who did what, when; append-only",
    (
        Field("event_id", pa.int64(), "Số", "Counts up", is_required=True),
        Field("happened_at", MOMENT, "Lúc", "When", is_required=True),
        Field("actor", TEXT, "Ai", "Account or `engine`", is_required=True),
        Field("action", TEXT, "Việc", "What was done", is_required=True),
        Field("subject", TEXT, "Đối tượng", "Kind and number of what it was done to, never a value", is_required=True),
        Field("detail", TEXT, "Chi tiết", "Counts and states as JSON, never a personal value"),
    ),
    ("event_id",),
    rows=Rows.city,
)
AUDIT_CHAIN = Table(
    "chain",
    "audit",
    "Chuỗi nhật ký",
    "One row for each entry of the audit, in the order of the commits, hashed together with the entry before it",
    (
        Field("entry_no", pa.int64(), "Số thứ tự", "Counts the entries without a gap, from 1", is_required=True),
        Field(
            "event_id",
            pa.int64(),
            "Số nhật ký",
            "The event that the entry holds",
            references="event.event_id",
            is_required=True,
        ),
        Field(
            "chained_at", MOMENT, "Lúc ghi", "When its transaction committed, by the server's clock", is_required=True
        ),
        Field(
            "entry_hash",
            TEXT,
            "Mã băm",
            "SHA-256 over the entry and the hash of the one before it, 64 hex digits",
            is_required=True,
        ),
    ),
    ("entry_no",),
    rows=Rows.city,
)
SUBJECT_REQUEST = Table(
    "subject_request",
    "audit",
    "Yêu cầu của chủ thể dữ liệu",
    "One row for each request that somebody made about his own data; never changed",
    (
        Field("request_id", pa.int64(), "Số yêu cầu", "Counts up", is_required=True),
        Field(
            "person_id",
            pa.int64(),
            "Mã người",
            "Whose data it is about",
            references="person.person_id",
            is_required=True,
        ),
        Field("kind", TEXT, "Loại", "access, rectification or erasure", is_required=True),
        Field(
            "fields",
            pa.list_(TEXT),
            "Trường",
            "Names of the fields that are to be corrected or erased; never their values",
        ),
        Field(
            "reason",
            TEXT,
            "Lý do",
            "Why it was opened, such as the number of the letter; names nobody",
            is_required=True,
        ),
        Field("received_on", DATE, "Ngày nhận", "The day on which the person asked", is_required=True),
        Field("acknowledge_by", DATE, "Hạn phản hồi", "The last day to acknowledge it by law", is_required=True),
        Field("due_on", DATE, "Hạn thực hiện", "The last day to fulfil it by law", is_required=True),
        Field("opened_at", MOMENT, "Lúc mở", "When it was written down", is_required=True),
        Field("actor", TEXT, "Người mở", "Account that wrote it down", is_required=True),
    ),
    ("request_id",),
    rows=Rows.city,
)
SUBJECT_ANSWER = Table(
    "subject_answer",
    "audit",
    "Trả lời yêu cầu",
    "One row for each answer to a request, the last one counts; never changed",
    (
        Field(
            "request_id",
            pa.int64(),
            "Số yêu cầu",
            "The request",
            references="subject_request.request_id",
            is_required=True,
        ),
        Field("answer_no", pa.int32(), "Lần trả lời", "Counts the answers, from 1", is_required=True),
        Field("state", TEXT, "Tình trạng", "acknowledged, done, partly_done or refused", is_required=True),
        Field("reason", TEXT, "Lý do", "What was decided and why; names nobody", is_required=True),
        Field("answered_on", DATE, "Ngày trả lời", "The day of the answer", is_required=True),
        Field("answered_at", MOMENT, "Lúc ghi", "When it was written down", is_required=True),
        Field("actor", TEXT, "Người trả lời", "Account that answered", is_required=True),
    ),
    ("request_id", "answer_no"),
    rows=Rows.city,
)
