"""How long what is no longer needed is kept: every kind of thing once, with the least that law and process allow.

What books, open links, open tasks or a build still need is never removed, however old. The setting `retention_days` changes
single kinds; a test holds every table of the warehouse against KINDS and FOR_GOOD.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from etl.errors import ConfigError

YEAR, FIVE_YEARS = 365, 1827
"""In days; five years with their leap days, since the law counts years."""


@dataclass(frozen=True)
class Kind:
    """A kind of thing that may go: for how long it is kept at least, and by default (days), and what the floor follows from."""

    name: str
    vi: str
    en: str
    floor_days: int
    default_days: int | None
    reason: str
    table: str | None = None
    """The table whose rows go; empty for files."""


KINDS = (
    Kind("raw_file", "Tệp gốc không còn dùng", "A file as it was sent, of whose rows none stands in a book or in the register", YEAR, 10 * YEAR, "the year's report can be shown from its files"),
    Kind("staged_file", "Bảng trung gian của lô đã rút", "The tables of a file that was withdrawn", YEAR, 2 * YEAR, "a withdrawal can be undone for a year"),
    Kind("register_folder", "Bản dân cư cũ, bản trên đĩa", "The tables of a register version that no build reads any more", 30, 2 * YEAR, "a build that was cut off is finished with the register it began with"),
    Kind("book_folder", "Sổ đã xuất bản, bản trên đĩa", "The files of books that are published or overtaken", 7, 30, "a build that was cut off is finished from them"),
    Kind("held_row", "Dòng chưa được chấp nhận", "Which rows were set aside, of a file with no task open", YEAR, 5 * YEAR, "a sender may ask for a year what became of a row", "intake.held_row"),
    Kind("upload", "Tệp tải lên cổng", "Files that were brought to the portal and not sent; of those sent, how they were", 7, 90, "an officer may come back to it for a week", "intake.upload"),
    Kind("session", "Phiên làm việc của cổng", "When somebody was signed in to the portal", 180, YEAR, "Law 91/2025, Decree 356/2025: access logs at least 6 months", "access.session"),
    Kind("finding", "Phát hiện của lô không còn tính điểm", "What the rules said of files that were refused or withdrawn", YEAR, 5 * YEAR, "a sender may ask for a year why a file was refused", "quality.finding"),
    Kind("task", "Việc đã đóng", "Tasks that were closed", YEAR, 5 * YEAR, "the year's report counts them", "quality.task"),
    Kind("score", "Điểm từng ngày", "Scores of days gone by", YEAR, 10 * YEAR, "the year's report shows their course", "quality.score"),
    Kind("standing", "Kết quả kiểm tra thường trực", "What standing checks found on days gone by", YEAR, 10 * YEAR, "the year's report shows their course", "quality.standing"),
    Kind("report_day", "Báo cáo các ngày trước", "Reports of days gone by, as they were", YEAR, 10 * YEAR, "the year's report is held against them", "quality.report_day"),
    Kind("notice", "Thông báo đã gửi", "Messages about tasks, but those that still wait", YEAR, 2 * YEAR, "who says that he was not told may be answered for a year", "quality.notice"),
    Kind("closed_link", "Liên kết đã đóng bởi máy", "Links that a build opened and a build closed", FIVE_YEARS, 10 * YEAR, "who was taken for whom is part of the audit", "identity.link"),
    Kind("audit_event", "Nhật ký", "Who did what, when", FIVE_YEARS, None, "Law 91/2025, Decree 356/2025: access logs at least 6 months, 5 years advised", "audit.event"),
    Kind("backup", "Bản sao lưu", "Base backups but the newest, and the log before the oldest", 7, 35, "an error is seen within a week"),
)
FOR_GOOD = {
    "what books are made from, for as long as they stand": ("intake.person_record", "identity.person", "identity.register_person", "identity.register_identifier", "identity.register_standing", "identity.register_merge"),
    "what a build derives anew": ("book.health_book", "book.field_value", "book.encounter", "book.diagnosis", "book.medication", "book.service", "book.lab_result", "book.vital_sign", "book.immunisation", "book.allergy", "book.history", "book.section", "book.encounter_source"),
    "what books said before": ("book.field_history",),
    "decisions, and what explains them": ("identity.ruling", "identity.review_sample", "identity.linkage_model", "identity.run", "identity.run_reason", "identity.difference", "identity.drift", "intake.withdrawal", "intake.moved_row", "quality.signature"),
    "what proves the audit, and what people asked about themselves": ("audit.chain", "audit.subject_request", "audit.subject_answer"),
    "who may see what, and who looked": ("access.permission", "access.entry", "access.account"),
    "what was received, and what retention removed: counts and hashes, nobody's data": ("intake.batch", "intake.removal", "identity.register_version"),
    "what goes with its task": ("quality.task_event",),
    "code lists": ("reference.ward", "reference.old_ward", "reference.facility", "reference.sender"),
}
"""The tables that retention leaves alone, by the reason why."""


def read_policy(chosen: Mapping[str, int | None]) -> dict[str, int | None]:
    """Days per kind, those chosen before the defaults; None is for good. ConfigError for an unknown kind or too few days."""
    kinds = {kind.name: kind for kind in KINDS}
    for name, days in chosen.items():
        if name not in kinds:
            raise ConfigError(
                f"retention: {name} is no kind; expected one of {', '.join(kinds)}. Mend HEALTHBOOK_RETENTION_DAYS."
            )
        if days is not None and days < kinds[name].floor_days:
            raise ConfigError(
                f"retention: {days} days are too few for {name}; expected {kinds[name].floor_days} or more "
                f"({kinds[name].reason}). Mend HEALTHBOOK_RETENTION_DAYS."
            )
    return {name: chosen.get(name, kind.default_days) for name, kind in kinds.items()}
