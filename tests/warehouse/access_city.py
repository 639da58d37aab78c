"""Two places with a row of each in every table, accounts that may see one of them, and who should see what, in plain Python."""

import secrets
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from sqlalchemy.engine import make_url

from etl.contracts import WAREHOUSE_TABLES, Rows, Table
from etl.contracts.access import ROLES, Reach, Role
from etl.warehouse.access import CITY, Scope, grant
from etl.warehouse.connect import connect, open_connection
from etl.warehouse.migrate import migrate

NAMES = {role.name: role for role in ROLES}
REASON = "trying it"


@dataclass(frozen=True)
class Place:
    """A ward and a sender, and whoever and whatever is theirs."""

    number: int
    ward_code: str
    sender_code: str
    scope: Scope

    @property
    def persons(self) -> tuple[int, int]:
        return self.number * 10 + 5, -(self.number * 10 + 7)

    @property
    def shown_record(self) -> int:
        return self.number * 10 + 1

    @property
    def hidden_record(self) -> int:
        """A visit that the law restricts, whose lines do not all say so."""
        return self.number * 10 + 2


HERE = Place(1, "00004", "CS01929", Scope(wards=("00004",), facilities=("01929",)))
THERE = Place(2, "00008", "PX00008", Scope(wards=("00008",)))
PLACES = (HERE, THERE)
ONCE = """
insert into identity.register_version values (1, repeat('b', 64), 'snapshot', '2026-01-01', 1, 1, now());
insert into identity.linkage_model values ('1', 'shares', true, 'engine', now());
insert into identity.run (is_full, model_version, register_version, input_digest, state, matched, in_review, unmatched,
    started_at) values (true, '1', 1, repeat('c', 32), 'published', 2, 0, 0, now());
insert into identity.run_reason values (1, 'waiting', 2);
insert into identity.difference values (1, 'kept', 'weight', 1, 2);
insert into identity.drift values (1, 'score', 'x', '1', 2);
insert into intake.removal values ('raw_file', 1, 9, 'a', now());
insert into quality.notice (noticed_on, kind, channel, recipient_kind, recipient_code, tasks, state, attempts)
values ('2026-01-01', 'opened', 'email', 'city', 'HN', 1, 'waiting', 0);
insert into access.account values ('somebody', 'x', 'vi', 'h', null, 0, null, 'a', now(), null);
insert into access.session values (repeat('d', 64), 'somebody', now(), now(), null);
insert into audit.event (happened_at, actor, action, subject) values (now(), 'a', 'b', 'c');
"""
EACH = """
insert into intake.batch (sha256, sender_code, file_name, kind, state, bytes, rows_in, accepted, quarantined, duplicate,
    withdrawn, received_at, finished_at)
values (repeat('{n}', 64), '{sender}', '*Trần Thị Mẫu {n}.xml', 'hospital_xml', 'accepted', 9, 3, 2, 1, 0, 0, now(), now());
insert into intake.withdrawal (batch_id, is_undo, actor, reason, rows, moved, decided_at) values ({n}, false, 'a', '*Nguyễn Văn Mẫu', 1, 0, now());
insert into intake.upload (sender_code, user_name, state, bytes, sha256, file_name, batch_id, created_at)
values ('{sender}', 'somebody', 'sent', 9, repeat('{n}', 64), '*Trần Thị Mẫu {n}.xml', {n}, now());
insert into quality.signature (period, scope_kind, scope_code, reported_on, digest, figures, actor, signed_at)
values ('2026-0{n}', 'ward', '{ward}', '2026-01-0{n}', repeat('e', 64), '{{}}', 'somebody', now());
insert into intake.held_row (batch_id, row_no, outcome, rule_id) values ({n}, 3, 'quarantined', 'name_missing');
insert into intake.person_record (record_id, batch_id, row_no, row_digest, sender_code, full_name, ward_code, national_id, blood_group)
select r, {n}, r % 10, lpad(r::text, 32, '0'), '{sender}', '*Nguyễn Văn Mẫu', '{ward}', '*' || lpad(r::text, 12, '0'), 'O+'
from unnest(array[{shown}, {hidden}]) r;
insert into intake.moved_row values ({n}, 1, {shown}, 'accepted');
insert into identity.person values ({known}, false), ({unknown}, true), ({known} + 1000, false);
insert into identity.register_person (person_id, full_name, national_id, national_id_hash, ward_code, status, register_version)
values ({known}, '*Nguyễn Văn Mẫu', '*' || lpad('{known}', 12, '0'), lpad('{known}', 22, '0'), '{ward}', 'resident', 1);
insert into identity.register_identifier values ({known}, '*' || lpad('{known}', 12, '0'), true, 1, lpad('{known}', 22, '0'));
insert into identity.register_standing values ({known}, 1, 0, false, null, null), ({known} + 1000, 1, 0, false, null, {known});
insert into identity.register_merge values ({known} + 1000, {known}, 1, 1);
insert into identity.review_sample values ({n}, {shown}, {known}, 'sure', 9, 1, '1', 'a', now());
insert into identity.ruling (record_id, person_id, verdict, reason, note, is_blind, link_decision, link_rule, model_version, actor, decided_at)
values ({shown}, {known}, 'same', 'r', '*Nguyễn Văn Mẫu', false, 'review', 'weight', '1', 'a', now());
insert into identity.link (record_id, person_id, decision, rule, model_version, opened_run_id, opened_at, actor)
select r, {known}, 'match', 'id', '1', 1, now(), 'engine' from unnest(array[{shown}, {hidden}]) r;
insert into book.health_book (person_id, full_name, national_id, ward_code, status, is_verified, record_count,
    encounter_count, digest, lineage_digest, built_run_id)
values ({known}, '*Nguyễn Văn Mẫu', '*' || lpad('{known}', 12, '0'), '{ward}', 'resident', true, 2, 2, 'd', 'l', 1),
       ({unknown}, '*Trần Thị Mẫu', null, '{ward}', 'provisional', false, 1, 0, 'd', 'l', 1);
insert into book.field_value (person_id, field_name, value_rank, value, rule, record_count, record_id, batch_id, row_no)
values ({known}, 'full_name', 1, '*Nguyễn Văn Mẫu', 'newest', 1, {shown}, {n}, 1), ({known}, 'full_name', 2, '*Nguyễn', 'newest', 1, {hidden}, {n}, 2);
insert into book.field_value (person_id, field_name, value_rank, value, rule, record_count, register_version)
values ({known}, 'status', 1, 'resident', 'register', 0, 1);
insert into book.encounter (person_id, record_id, batch_id, row_no, facility_code, started_at, is_restricted)
values ({known}, {shown}, {n}, 1, '01929', '2026-01-05', false), ({known}, {hidden}, {n}, 2, '01929', '2026-01-06', true);
insert into book.diagnosis (person_id, record_id, batch_id, row_no, line_no, icd10_code, is_restricted)
values ({known}, {shown}, {n}, 1, 1, 'I10', false), ({known}, {shown}, {n}, 1, 2, 'Z21', true), ({known}, {hidden}, {n}, 2, 1, 'B24', null);
insert into book.history (person_id, record_id, batch_id, row_no, line_no, kind, statement, is_restricted)
values ({known}, {shown}, {n}, 1, 1, 'disease', 'x', null), ({known}, {shown}, {n}, 1, 2, 'disease', 'y', true);
insert into book.section (person_id, section, state, is_contradicted, record_id, batch_id, row_no)
values ({known}, 'allergy', 'none_known', false, {shown}, {n}, 1), ({known}, 'disease', 'filled', false, {hidden}, {n}, 2);
insert into book.field_history (person_id, field_name, known_to_run_id, value, record_id, batch_id, row_no)
values ({known}, 'phone', 1, '*0912345678', {shown}, {n}, 1), ({known}, 'address', 1, '*x', {hidden}, {n}, 2);
insert into book.encounter_source (person_id, encounter_id, record_id, batch_id, row_no, rule, field_names)
values ({known}, {shown}, {shown} + 2, {n}, 4, 'same_day', '{{}}'), ({known}, {hidden}, {hidden} + 2, {n}, 5, 'same_day', '{{}}');
insert into audit.subject_request (person_id, kind, reason, received_on, acknowledge_by, due_on, opened_at, actor)
values ({known}, 'access', 'x', current_date, current_date, current_date, now(), 'a');
insert into audit.subject_answer select max(request_id), 1, 'done', 'x', current_date, now(), 'a' from audit.subject_request;
insert into quality.finding values ({n}, 'r', 't', 'c', 'info', 'count_only', 1, 1, '{{1}}');
insert into quality.task (rule_id, batch_id, sender_code, owner, state, row_count, opened_at, due_on, scope_kind, scope_code)
values ('name_missing', {n}, '{sender}', 'sender', 'open', 1, now(), current_date, 'sender', '{sender}');
insert into quality.task_event (task_id, sender_code, kind, happened_on, row_count, actor, noted_at)
select task_id, sender_code, 'opened', current_date, 1, 'engine', now() from quality.task where batch_id = {n};
insert into quality.standing values ('2026-01-0{n}', 'r', 'sender', '{sender}', 2, 1, null, null, false);
insert into quality.report_day values ('2026-01-0{n}', 'v', 'd', '{{}}', now());
insert into quality.score values ('2026-01-0{n}', 'sender', '{sender}', 'total', 'total', 1, 2, 50, 'v');
"""
LINES = {
    "medication": "drug_name", "service": "service_name", "lab_result": "test_name", "vital_sign": "sign",
    "immunisation": "vaccine_name", "allergy": "substance",
}  # fmt: skip


def fill(connection: Connection) -> None:
    """Put rows of both places into every table."""
    with connection.cursor() as cursor:
        cursor.execute(ONCE)
        for place in PLACES:
            known, unknown = place.persons
            cursor.execute(
                EACH.format(
                    n=place.number, sender=place.sender_code, ward=place.ward_code, known=known, unknown=unknown,
                    shown=place.shown_record, hidden=place.hidden_record,
                )
            )  # fmt: skip
            for table, column in LINES.items():
                cursor.execute(
                    f"insert into book.{table} (person_id, record_id, batch_id, row_no, line_no, {column}) values "
                    f"({known}, {place.shown_record}, {place.number}, 1, 1, 'x'), ({known}, {place.hidden_record}, {place.number}, 2, 1, 'y')"
                )


@dataclass
class City:
    """The database, and accounts of every role: `user(role, place)`; `nobody` has no role, `everybody` all of them."""

    url: str
    prefix: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:12]}_")
    password: str = field(default_factory=lambda: secrets.token_hex(16))

    def account(self, name: str) -> str:
        return self.prefix + name

    def login_url(self, name: str) -> str:
        url = make_url(self.url).set(username=self.account(name), password=self.password)
        return url.render_as_string(hide_password=False)

    @contextmanager
    def login(self, name: str) -> Iterator[Connection]:
        """A connection of an account's own; psycopg2's errors come as they are."""
        connection = open_connection(self.login_url(name))
        try:
            yield connection
        finally:
            connection.close()


def scope_of(role: Role, place: Place) -> Scope:
    """The scope that a role needs to see a place: the city, for those that see no less."""
    if role.reach is Reach.city:
        return CITY
    return place.scope if role.reach is Reach.sender else Scope(wards=place.scope.wards)


@contextmanager
def opened_city(url: str) -> Iterator[City]:
    """The filled database with its accounts, which are taken off the server at the end."""
    city = City(url)
    migrate(url)  # a copy of a database keeps what is in it, and not what PUBLIC may do with it
    names = ["nobody", "everybody", *(f"{role}_{place.number}" for role in NAMES for place in PLACES)]
    with connect(url) as connection:
        fill(connection)
        for name in names:
            _execute(connection, "create role {} login password {}", city.account(name), city.password)
        for role in ROLES:
            for place in PLACES:
                grant(
                    connection, city.account(f"{role.name}_{place.number}"), role.name, scope_of(role, place), "chief"
                )
            grant(connection, city.account("everybody"), role.name, scope_of(role, HERE), "chief")
    try:
        yield city
    finally:
        with connect(url) as connection:
            for name in names:
                _execute(connection, "drop owned by {0}; drop role {0}", city.account(name))


def _execute(connection: Connection, statement: str, name: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name), *map(sql.Literal, values)))


def read_all(url: str) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, as its owner sees them."""
    return {table.name: read_rows(url, table) for table in WAREHOUSE_TABLES}


def read_rows(url: str, table: Table) -> list[dict[str, object]]:
    """Every row of a table, as its owner sees them."""
    names = [field.name for field in table]
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(names)} from {table.qualified_name}")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def visible(
    rows: Iterable[dict[str, object]], table: Table, role: Role, place: Place | None
) -> list[dict[str, object]]:
    """The rows that a role should see when it entered for a place, or nowhere: said again, in other words than the policies."""
    if table.rows is Rows.everyone:
        return list(rows)
    if place is None or table.rows in (None, Rows.nobody):
        return []
    if role.reach is Reach.city:
        return list(rows)
    if role.reach is Reach.ward and table.rows in (Rows.sender, Rows.batch):
        return list(rows)
    owned = {
        Rows.sender: ("sender_code", {place.sender_code}),
        Rows.batch: ("batch_id", {place.number}),
        Rows.ward: ("ward_code", {place.ward_code}),
        Rows.person: ("person_id", set(place.persons)),
    }
    column, values = owned[table.rows]
    kept = [row for row in rows if row[column] in values]
    if role.sees_restricted or "person_id" not in {f.name for f in table}:
        return kept
    hidden = (place.hidden_record, place.hidden_record + 2)  # and another source of it
    return [row for row in kept if not row.get("is_restricted") and row.get("record_id") not in hidden]
