"""Messages about tasks as people read them: Vietnamese first, then English; counts of rows, and never a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from etl.contracts.wording import RuleWording
from etl.reports.wording import SMALLEST_SHOWN

LONGEST_LIST = 50
"""More tasks than this are counted, not listed: a message is to be read."""
SUBJECTS = {
    "opened": ("{n} việc mới cần xử lý", "{n} new to do"),
    "reminder": ("{n} việc sắp đến hạn", "{n} due soon"),
    "escalation": ("{n} việc đã quá hạn", "{n} overdue"),
}
LEADS = {
    "opened": (
        "Dữ liệu có lỗi cần sửa. Các việc sau vừa được mở và giao cho quý đơn vị:",
        "Faults were found in the data. These tasks were opened and are yours:",
    ),
    "reminder": (
        "Các việc sau của quý đơn vị sắp đến hạn hoặc đến hạn hôm nay:",
        "These tasks of yours are due within two days, or today:",
    ),
    "escalation": (
        "Các việc sau đã quá hạn mà dữ liệu chưa đạt. Đề nghị quý đơn vị đôn đốc:",
        "These tasks are overdue and their data still fails. Please see that they are done:",
    ),
}
ENDS = (
    "Việc tự đóng khi dữ liệu đạt; không ai đóng bằng tay. Nếu đang sửa, xin báo đã nhận việc.",
    "A task closes by itself when the data passes, and never by hand. If you are at it, please acknowledge it.",
)


@dataclass(frozen=True)
class TaskMessage:
    """What is told to whom: kind is opened, reminder or escalation; `tasks` are rows of `task_due.sql`, due first."""

    kind: str
    day: date
    recipient_kind: str
    recipient_code: str
    tasks: Sequence[Mapping[str, Any]]
    link: str | None


def subject_of(message: TaskMessage) -> str:
    """The line that a mailbox shows."""
    vi, en = (text.format(n=len(message.tasks)) for text in SUBJECTS[message.kind])
    return f"Sổ sức khỏe: {vi} / Health books: {en}"


def text_of(message: TaskMessage, rules: Mapping[str, RuleWording]) -> str:
    """The message, each language whole and after the other."""
    return f"{_vietnamese(message, rules)}\n\n{'-' * 40}\n\n{_english(message, rules)}\n"


def content_of(message: TaskMessage, rules: Mapping[str, RuleWording]) -> dict[str, Any]:
    """The same for a program; rows are texts, as few of them are not told apart."""
    return {
        "kind": message.kind,
        "day": message.day.isoformat(),
        "recipient": message.recipient_code,
        "link": message.link,
        "tasks": [
            {
                "task_id": task["task_id"],
                "rule_id": task["rule_id"],
                "message": {"vi": _rule(task, rules)[0], "en": _rule(task, rules)[1]},
                "fix": {"vi": _rule(task, rules)[2], "en": _rule(task, rules)[3]},
                "scope_kind": task["scope_kind"],
                "scope_code": task["scope_code"],
                "batch_id": task["batch_id"],
                "rows": _rows(task["row_count"], ","),
                "due_on": task["due_on"].isoformat(),
            }
            for task in message.tasks
        ],
    }


def _vietnamese(message: TaskMessage, rules: Mapping[str, RuleWording]) -> str:
    lines = [f"Kính gửi {_name(message, ('phường, xã', 'thành phố Hà Nội'))},", "", LEADS[message.kind][0]]
    for task in message.tasks[:LONGEST_LIST]:
        told, _, fix, _ = _rule(task, rules)
        lines += [
            "",
            f"* Việc số {task['task_id']}, hạn {task['due_on']:%d/%m/%Y}{_late(task, message.day, ' (quá hạn {n} ngày)')}",
            f"  {told}",
            f"  {_of(task, ('Đơn vị', 'Phường, xã', 'Toàn thành phố'))}; {_batch(task, 'lô số')}"
            f"số dòng: {_rows(task['row_count'], '.')}",
            f"  Cách sửa: {fix}",
        ]
    lines += _rest(message, "… và {n} việc nữa.")
    return "\n".join([*lines, "", ENDS[0], f"Xem chi tiết: {message.link or 'healthbook task list'}"])


def _english(message: TaskMessage, rules: Mapping[str, RuleWording]) -> str:
    lines = [f"To {_name(message, ('ward', 'the city of Hanoi'))},", "", LEADS[message.kind][1]]
    for task in message.tasks[:LONGEST_LIST]:
        _, told, _, fix = _rule(task, rules)
        lines += [
            "",
            f"* Task {task['task_id']}, due {task['due_on']:%Y-%m-%d}{_late(task, message.day, ' (days overdue: {n})')}",
            f"  {told}",
            f"  {_of(task, ('Sender', 'Ward', 'The whole city'))}; {_batch(task, 'batch')}"
            f"rows: {_rows(task['row_count'], ',')}",
            f"  To mend it: {fix}",
        ]
    lines += _rest(message, "… and {n} more.")
    return "\n".join([*lines, "", ENDS[1], f"See: {message.link or 'healthbook task list'}"])


def _rule(task: Mapping[str, Any], rules: Mapping[str, RuleWording]) -> tuple[str, str, str, str]:
    """Message and fix in Vietnamese and English; a rule that the catalogue lost is told by its name."""
    rule = rules.get(task["rule_id"])
    if rule is None:
        return task["rule_id"], task["rule_id"], "–", "–"
    return rule.message_vi, rule.message_en, rule.fix_vi, rule.fix_en


def _name(message: TaskMessage, names: tuple[str, str]) -> str:
    """Whom a message is to; a sender by its name, which every task of its has."""
    if message.recipient_kind == "city":
        return names[1]
    if message.recipient_kind == "ward":
        return f"{names[0]} {message.recipient_code}"
    return f"{message.tasks[0]['sender_name']} ({message.recipient_code})"


def _of(task: Mapping[str, Any], names: tuple[str, str, str]) -> str:
    if task["scope_kind"] == "city":
        return names[2]
    code = f"{names[0] if task['scope_kind'] == 'sender' else names[1]} {task['scope_code']}"
    return f"{code} ({task['sender_name']})" if task["sender_name"] else code


def _batch(task: Mapping[str, Any], name: str) -> str:
    return "" if task["batch_id"] is None else f"{name} {task['batch_id']}; "


def _rows(value: int, separator: str) -> str:
    return f"< {SMALLEST_SHOWN}" if 0 < value < SMALLEST_SHOWN else f"{value:,}".replace(",", separator)


def _late(task: Mapping[str, Any], day: date, words: str) -> str:
    return words.format(n=(day - task["due_on"]).days) if task["due_on"] < day else ""


def _rest(message: TaskMessage, words: str) -> list[str]:
    left = len(message.tasks) - LONGEST_LIST
    return ["", words.format(n=left)] if left > 0 else []
