"""Who may see what: the application's roles, and the matrix that follows from a table's schema, rows and fields.

Nothing here names a single table: a new one is covered by what its contract says. No role may write; whatever changes
data is a step of the pipeline, which the owner of the tables runs. `docs/access.md` shows the whole matrix.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

from etl.contracts.fields import Field, Privacy, Rows, Table

PREFIX = "healthbook_"
"""Roles belong to the whole server, where other applications may have an `auditor` as well."""


class Reach(StrEnum):
    """How far a role may reach over rows that are somebody's."""

    sender = "sender"
    """To what the senders of its scope sent: named by sender, facility or ward."""
    ward = "ward"
    """To the people of the wards of its scope."""
    city = "city"
    """Everywhere; its scope can only be the city."""


SCOPE_KINDS = {
    Reach.sender: ("ward", "facility", "sender", "city"),
    Reach.ward: ("ward", "city"),
    Reach.city: ("city",),
}
"""What a scope may be made of. One part of a scope is written `ward:00004`, or `city`."""


@dataclass(frozen=True)
class Sight:
    """A part of the warehouse that a role sees: in these schemas, tables of these rows, fields of these classes."""

    schemas: frozenset[str]
    rows: frozenset[Rows]
    classes: frozenset[Privacy]


@dataclass(frozen=True)
class Role:
    """One application role: a group that logs in nowhere and owns nothing."""

    name: str
    vi: str
    en: str
    reach: Reach
    sights: tuple[Sight, ...]
    view_schemas: frozenset[str] = frozenset()
    sees_restricted: bool = False

    @property
    def account(self) -> str:
        """Its name on the server."""
        return PREFIX + self.name

    def fields_of(self, table: Table) -> tuple[Field, ...]:
        """The fields of a table that the role may read; none where the table is closed to it."""
        classes = {
            privacy
            for sight in self.sights
            if table.schema in sight.schemas and table.rows in sight.rows
            for privacy in sight.classes
        }
        return tuple(field for field in table if field.privacy in classes)


def _sight(schemas: str, rows: Iterable[Rows], classes: Iterable[Privacy] = (Privacy.public,)) -> Sight:
    return Sight(frozenset(schemas.split()), frozenset(rows), frozenset(classes))


ALL = tuple(Privacy)
NOBODYS = (Rows.everyone,)
SENT = (Rows.sender, Rows.batch)
PEOPLES = (Rows.ward, Rows.person)
BOOKS = (
    _sight("reference", NOBODYS),
    _sight("book", PEOPLES, ALL),
    # Where a book's values come from: numbers of batches and of register versions, and nobody's data.
    _sight("intake", (Rows.sender,)),
    _sight("identity", (*NOBODYS, Rows.ward)),
)

ROLES = (
    Role(
        "engineer", "Kỹ sư vận hành", "Keeps it running: batches, runs, states, models; nothing about a person", Reach.city,
        (_sight("reference intake identity quality", (*NOBODYS, Rows.city, *SENT)),),
        frozenset({"report"}),
    ),
    Role(
        "officer", "Cán bộ đầu mối", "Sends files for a ward or facility: its own batches, findings, held rows and tasks", Reach.sender,
        (
            _sight("reference intake quality", (*NOBODYS, *SENT), ALL),
            # When books were built: whether what was sent is in them.
            _sight("identity", NOBODYS),
        ),
    ),
    Role(
        "steward", "Người xem xét danh tính", "Settles who is who, across the city: identity and review, no health data", Reach.city,
        (
            _sight("reference", NOBODYS),
            _sight("intake identity", (*NOBODYS, Rows.city, *SENT)),
            _sight("intake identity", PEOPLES, (Privacy.public, Privacy.personal, Privacy.identifying)),
            # How many records and visits hang on a decision.
            _sight("book", (Rows.ward,)),
        ),
        frozenset({"identity"}),
    ),
    Role(
        "manager", "Lãnh đạo", "Reads reports and quality; nothing about a person", Reach.city,
        (_sight("reference quality", (*NOBODYS, *SENT)), _sight("intake", (Rows.sender,))),
        frozenset({"report"}),
    ),
    Role(
        "exchange", "Liên thông", "Hands published books of the wards of its scope to the national record, without HIV data", Reach.ward,
        BOOKS,
        frozenset({"book"}),
    ),
    Role(
        "reader", "Người đọc sổ", "Opens the book of one person of the wards of its scope, each time for a stated reason, without HIV data", Reach.ward,
        BOOKS,
        frozenset({"book"}),
    ),
    Role(
        "auditor", "Kiểm tra", "Reads the audit and who may see what; no health data", Reach.city,
        (_sight("audit access", (Rows.city,)),),
    ),
    Role(
        "hiv", "Dữ liệu HIV", "Reads books of the wards of its scope with the rows that the law restricts", Reach.ward,
        BOOKS,
        frozenset({"book"}),
        sees_restricted=True,
    ),
)  # fmt: skip
ROLE = {role.name: role for role in ROLES}

TEXT, MOMENT = pa.string(), pa.timestamp("us", "UTC")

PERMISSION = Table(
    "permission", "access", "Quyền: tài khoản, vai trò, phạm vi", "Which account may act in which role over which part of a scope; closed, never removed",
    (
        Field("permission_id", pa.int64(), "Số", "Counts up", is_required=True),
        Field("user_name", TEXT, "Tài khoản", "Account that logs in to the database", is_required=True),
        Field("role_name", TEXT, "Vai trò", "Role of the matrix", is_required=True),
        Field("scope", TEXT, "Phạm vi", "`city`, or kind and code, such as ward:00004", is_required=True),
        Field("granted_by", TEXT, "Ai cấp", "Account of who granted it", is_required=True),
        Field("granted_at", MOMENT, "Cấp lúc", "When", is_required=True),
        Field("revoked_by", TEXT, "Ai thu hồi", "Account of who took it away"),
        Field("revoked_at", MOMENT, "Thu hồi lúc", "When; empty while it holds"),
    ),
    ("permission_id",),
    rows=Rows.city,
)  # fmt: skip
ENTRY = Table(
    "entry", "access", "Lượt vào xem", "One row for each time that an account began to act in a role: over what, and why; added to and never changed",
    (
        Field("entry_id", pa.int64(), "Số", "Counts up", is_required=True),
        Field("user_name", TEXT, "Tài khoản", "Account that was logged in", is_required=True),
        Field("role_name", TEXT, "Vai trò", "Role that it acted in", is_required=True),
        Field("scope", pa.list_(TEXT), "Phạm vi", "Each part of the scope", is_required=True),
        Field("reason", TEXT, "Lý do", "Why, without naming anybody", is_required=True),
        Field("transaction_no", pa.int64(), "Giao dịch", "The transaction that wrote it, in which nothing can be read yet", is_required=True),
        Field("entered_at", MOMENT, "Vào lúc", "When", is_required=True),
    ),
    ("entry_id",),
    rows=Rows.city,
)  # fmt: skip
ACCOUNT = Table(
    "account", "access", "Tài khoản của cổng", "Who may sign in to the portal, and what proves it; closed, never removed. Each is an account of the server as well",
    (
        Field("user_name", TEXT, "Tài khoản", "Name to sign in with; the role of the server that the portal acts as", is_required=True),
        Field("title", TEXT, "Chức danh", "What the account is for: a post, not a person", is_required=True),
        Field("language", TEXT, "Ngôn ngữ", "vi or en", is_required=True),
        Field("password_hash", TEXT, "Mã băm mật khẩu", "Argon2id; empty where another provider proves who it is"),
        Field("oidc_subject", TEXT, "Mã định danh OIDC", "Subject by which the provider of OpenID Connect knows him"),
        Field("failed_count", pa.int32(), "Số lần sai", "Wrong passwords since the last right one", is_required=True),
        Field("locked_until", MOMENT, "Khóa đến", "Until when no password is tried"),
        Field("created_by", TEXT, "Ai lập", "Account of who made it", is_required=True),
        Field("created_at", MOMENT, "Lập lúc", "When", is_required=True),
        Field("closed_at", MOMENT, "Đóng lúc", "When it was closed; empty while it holds"),
    ),
    ("user_name",),
    rows=Rows.nobody,
)  # fmt: skip
SESSION = Table(
    "session", "access", "Phiên làm việc", "One row for each time that somebody signed in to the portal",
    (
        Field("session_hash", TEXT, "Mã băm phiên", "SHA-256 of what the browser holds, 64 hex digits", is_required=True),
        Field("user_name", TEXT, "Tài khoản", "Who signed in", references="account.user_name", is_required=True),
        Field("started_at", MOMENT, "Bắt đầu lúc", "When", is_required=True),
        Field("seen_at", MOMENT, "Hoạt động lúc", "When it was last used, to the minute", is_required=True),
        Field("ended_at", MOMENT, "Kết thúc lúc", "When he signed out, or was signed out"),
    ),
    ("session_hash",),
    rows=Rows.nobody,
)  # fmt: skip
