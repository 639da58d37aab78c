"""A trace as lines of text for a terminal: what was sent, what it became, where it went."""

from collections.abc import Iterator, Mapping
from typing import Any

OUTCOMES = {
    "accepted": "Chấp nhận — accepted",
    "quarantined": "Cách ly — quarantined",
    "duplicate": "Trùng — a duplicate",
    "withdrawn": "Rút lại — withdrawn",
    "waiting": "Chờ tiếp nhận — waits to be taken in",
    "refused": "Cả tệp bị từ chối — the whole file was refused",
    "left_out": "Không phải dòng về người — a row that names nobody",
    "heading": "Dòng tiêu đề — a heading or title above the list",
    "beyond_the_file": "Ngoài tệp — beyond the end of the file",
    "no_longer_kept": "Hết thời hạn lưu giữ — kept no longer: its time was over",
    "unaccounted": "Không rõ — unaccounted for: report it",
}
RULES = {
    "register": "Dân cư nói, đứng trước mọi bản ghi — the register states it, before any record",
    "verified": "Đã đối chiếu số định danh và ngày sinh — of a record that gives the register's citizen ID and birth date",
    "newest": "Mới nhất — the newest statement",
    "most_frequent": "Nhiều nhất — the one most often stated, none with a day",
    "none": "Không ai nói — nobody stated it",
}
MASKING = "Giá trị được che: cần --actor và --reason — values are masked: --actor and --reason show them"


def row_text(trace: Mapping[str, Any]) -> str:
    """The trace of a row."""
    return "\n".join(_row_lines(trace))


def field_text(trace: Mapping[str, Any]) -> str:
    """The trace of a book's field."""
    return "\n".join(_field_lines(trace))


def _row_lines(trace: Mapping[str, Any]) -> Iterator[str]:
    yield f"Lô {trace['batch_id']}, dòng {trace['row_no']} ({trace['sender_code']}, {trace['kind']})"
    yield f"Kết quả: {OUTCOMES[trace['outcome']]}{_outcome_details(trace)}"
    yield from _rule_lines(trace)
    if trace["is_masked"]:
        yield MASKING
    if trace["is_restricted"]:
        yield "Có thông tin pháp luật hạn chế: ô gốc được che — restricted by law: its cells are masked"
    yield from _section("Như đã gửi (As sent)", [_cell(cell) for cell in trace["raw"]])
    yield from _section("Chuẩn hóa (Standardised)", [_field(field) for field in trace["fields"]])
    findings = [line for finding in trace["findings"] for line in _finding_lines(finding)]
    yield from _section("Phát hiện (Findings)", findings)
    yield from _section("Liên kết (Links)", [_link(link) for link in trace["links"]])
    yield from _section("Vào sổ (Feeds)", [_feed(feed) for feed in trace["feeds"]])


def _field_lines(trace: Mapping[str, Any]) -> Iterator[str]:
    yield f"Người {trace['person_id']}, {trace['heading']} ({trace['field']}): {_text(trace['value'])}"
    yield f"Quy tắc: {RULES.get(trace['rule'], trace['rule'])}"
    if trace["is_masked"]:
        yield MASKING
    if trace["record_id"] is not None:
        yield f"Nguồn: {_place(trace)}, bản ghi {trace['record_id']}"
    elif trace["register_version"] is not None:
        yield f"Nguồn: dân cư, phiên bản {trace['register_version']}"
    stated = [
        f"{'=' if one['agrees'] else '≠'} {_text(one['value'])}  {_place(one)}, {one['as_of_date'] or '–'}"
        for one in trace["stated"]
    ]
    yield from _section("Các bản ghi nói (Stated by records)", stated)
    before = [
        f"{_text(one['value'])}  lần dựng {one['known_from_run_id'] or 'đầu'} → {one['known_to_run_id']}"
        for one in trace["shown_before"]
    ]
    yield from _section("Sổ đã ghi trước đây (Shown before, from build to build)", before)


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"\n{title}"
        yield from (f"  {line}" for line in lines)


def _outcome_details(trace: Mapping[str, Any]) -> str:
    details = [
        f"{words} {trace[name]}"
        for name, words in (("record_id", "bản ghi"), ("rule_id", "quy tắc"), ("last_row", "dòng cuối"))
        if trace.get(name) is not None
    ]
    if trace.get("first_batch_id") is not None:
        details.append(f"của lô {trace['first_batch_id']}, dòng {trace['first_row_no']}")
    return f" ({', '.join(details)})" if details else ""


def _rule_lines(row: Mapping[str, Any]) -> Iterator[str]:
    if "message_vi" in row:
        yield f"{row['message_vi']} {row['fix_vi']}"
        yield f"{row['message_en']} {row['fix_en']}"


def _finding_lines(finding: Mapping[str, Any]) -> Iterator[str]:
    yield f"{finding['severity']}: {finding['rule_id']} {finding['table_name']}.{finding['column_name']}"
    yield from (f"  {line}" for line in _rule_lines(finding))


def _cell(cell: Mapping[str, Any]) -> str:
    known = f" [{cell['field']}]" if cell["field"] else ""
    return f"{cell['place']} {cell['heading']}{known}: {_text(cell['text'])}"


def _field(field: Mapping[str, Any]) -> str:
    line = f" {field['line_no']}" if field["line_no"] is not None else ""
    note = f"  ({field['note_vi'] or field['note']} {field['note_en'] or ''})" if field["note"] else ""
    return f"{field['table']}{line}.{field['field']}: {_text(field['sent'])} → {_text(field['value'])}{note}"


def _link(link: Mapping[str, Any]) -> str:
    score = "" if link["score"] is None else f", {link['score']:.1f} bit"
    until = "đang dùng" if link["closed_at"] is None else f"đến {link['closed_at']:%Y-%m-%d %H:%M}"
    start = f"{link['opened_at']:%Y-%m-%d %H:%M}"
    return f"người {link['person_id']}: {link['decision']} ({link['rule']}{score}), {start}, {until}, {link['actor']}"


def _feed(feed: Mapping[str, Any]) -> str:
    if "section" in feed:
        return f"người {feed['person_id']}: {feed['section']}, {len(feed['lines'])} dòng"
    state = "hiển thị (shown)" if feed["is_shown"] else f"lưu sau, hạng {feed['value_rank']} (kept behind)"
    source = ", nguồn (source)" if feed["is_source"] else ""
    return f"người {feed['person_id']}: {feed['field']} = {_text(feed['value'])}, {state}{source}"


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['sender_code']}, lô {row['batch_id']}, dòng {row['row_no']}"


def _text(value: object) -> str:
    return "–" if value is None else str(value)
