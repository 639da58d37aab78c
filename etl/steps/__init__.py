"""The steps, in the order in which data passes them: receive, read, standardise, check, link, merge, publish, score, report.

Each reads its input, calls pure code, writes its output in one transaction and counts. Running one twice changes
nothing; one that was cut off is run again. Nothing flows back: a correction is a new batch, a decision a new fact.
"""

from etl.reports.trace_text import field_text, row_text
from etl.steps.access import grant_access, list_access, revoke_access
from etl.steps.accounts import (
    change_own_password,
    close_account,
    create_account,
    grant_to_other,
    list_accounts,
    renew_password,
    revoke_from_other,
    unlock_account,
)
from etl.steps.agreement import agreement, draw_sample, next_blind
from etl.steps.alike import find_alike
from etl.steps.audit import anchor_audit, report_breach, verify_audit
from etl.steps.build import merge, publish, read_run, score
from etl.steps.calibrate import calibrate
from etl.steps.check import check_warehouse
from etl.steps.database import prepare, warehouse
from etl.steps.database import url_of as warehouse_url
from etl.steps.dictionary import dictionary, rules, template
from etl.steps.estimate import estimate
from etl.steps.explain import explain, explain_file
from etl.steps.foretell import foretell_join, foretell_part, foretell_split
from etl.steps.identify import approve, link, read_differences, reject
from etl.steps.inbox import REGISTER_SENDER, check_file, receive, register_file, register_waiting
from etl.steps.intake import Receipt, read_receipt, take_in
from etl.steps.keeping import backup, restore_drill, verify_store
from etl.steps.keys import create_keys, list_keys, reseal, rotate_key
from etl.steps.models import list_models, train
from etl.steps.names import open_names
from etl.steps.operations import read_health
from etl.steps.pair import review_words, show_pair, show_person, usual_reasons
from etl.steps.person import (
    Asked,
    answer_request,
    ask_access,
    ask_correction,
    ask_erasure,
    export_person,
    find_person,
    list_accesses,
    list_requests,
)
from etl.steps.population import RegisterReceipt, load_register, waiting_register_files
from etl.steps.reading import (
    check_book_reason,
    code_names,
    count_decisions,
    find_books,
    note_not_shown,
    note_reading,
    restricted_fields,
)
from etl.steps.remind import remind
from etl.steps.report import annotate, annotate_upload, compare, report, rule_wording, summary
from etl.steps.retention import retain
from etl.steps.review import decide, default_person, next_pairs, rank_waiting
from etl.steps.review import status as review_status
from etl.steps.signatures import (
    PeriodError,
    figures_to_sign,
    missing_wards,
    month_of,
    read_period,
    sign_city,
    sign_ward,
)
from etl.steps.tasks import acknowledge_task, assign_task, compare_tasks, list_tasks, refuse_closing, show_task
from etl.steps.trace import Viewer, trace_field, trace_row
from etl.steps.undo import recent_rulings, undo_ruling
from etl.steps.uploads import (
    Checked,
    abandoned_uploads,
    check_again,
    check_upload,
    discard_upload,
    heading_choices,
    name_headings,
    note_dispatch,
    open_upload,
    prepare_checks,
    read_checked,
    read_preview,
    read_sent,
    receive_upload,
    send_upload,
    undispatched,
    waiting_uploads,
)
from etl.steps.withdrawing import foretell_withdrawal, withdraw
from etl.warehouse.access import Scope
from etl.warehouse.rulings import Ruling
from etl.warehouse.withdrawals import Withdrawal

__all__ = [
    "REGISTER_SENDER",
    "Asked",
    "Checked",
    "PeriodError",
    "Receipt",
    "RegisterReceipt",
    "Ruling",
    "Scope",
    "Viewer",
    "Withdrawal",
    "abandoned_uploads",
    "acknowledge_task",
    "agreement",
    "anchor_audit",
    "annotate",
    "annotate_upload",
    "answer_request",
    "approve",
    "ask_access",
    "ask_correction",
    "ask_erasure",
    "assign_task",
    "backup",
    "calibrate",
    "change_own_password",
    "check_again",
    "check_book_reason",
    "check_file",
    "check_upload",
    "check_warehouse",
    "close_account",
    "code_names",
    "compare",
    "compare_tasks",
    "count_decisions",
    "create_account",
    "create_keys",
    "decide",
    "default_person",
    "dictionary",
    "discard_upload",
    "draw_sample",
    "estimate",
    "explain",
    "explain_file",
    "export_person",
    "field_text",
    "figures_to_sign",
    "find_alike",
    "find_books",
    "find_person",
    "foretell_join",
    "foretell_part",
    "foretell_split",
    "foretell_withdrawal",
    "grant_access",
    "grant_to_other",
    "heading_choices",
    "link",
    "list_access",
    "list_accesses",
    "list_accounts",
    "list_keys",
    "list_models",
    "list_requests",
    "list_tasks",
    "load_register",
    "merge",
    "missing_wards",
    "month_of",
    "name_headings",
    "next_blind",
    "next_pairs",
    "note_dispatch",
    "note_not_shown",
    "note_reading",
    "open_names",
    "open_upload",
    "prepare",
    "prepare_checks",
    "publish",
    "rank_waiting",
    "read_checked",
    "read_differences",
    "read_health",
    "read_period",
    "read_preview",
    "read_receipt",
    "read_run",
    "read_sent",
    "receive",
    "receive_upload",
    "recent_rulings",
    "refuse_closing",
    "register_file",
    "register_waiting",
    "reject",
    "remind",
    "renew_password",
    "report",
    "report_breach",
    "reseal",
    "restore_drill",
    "restricted_fields",
    "retain",
    "review_status",
    "review_words",
    "revoke_access",
    "revoke_from_other",
    "rotate_key",
    "row_text",
    "rule_wording",
    "rules",
    "score",
    "send_upload",
    "show_pair",
    "show_person",
    "show_task",
    "sign_city",
    "sign_ward",
    "summary",
    "take_in",
    "template",
    "trace_field",
    "trace_row",
    "train",
    "undispatched",
    "undo_ruling",
    "unlock_account",
    "usual_reasons",
    "verify_audit",
    "verify_store",
    "waiting_register_files",
    "waiting_uploads",
    "warehouse",
    "warehouse_url",
    "withdraw",
]
