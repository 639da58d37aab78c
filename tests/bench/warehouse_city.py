"""Invented inputs of any size, put where `merge` finds them: staged files in the store, records and links in PostgreSQL.

Nobody was received, standardised or linked here: those are measured elsewhere. Everybody is invented by arithmetic.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from psycopg2.extensions import cursor as Cursor

from etl import steps
from etl.contracts import EVENT_TABLES, PERSON_RECORD, REGISTER_PERSON, reference
from etl.settings import Settings
from etl.warehouse.load import copy_table
from etl.warehouse.store import Store

RECORDS_A_PERSON = 1.2
EVENTS_A_RECORD = {
    "encounter": 0.9, "diagnosis": 0.5, "medication": 0.4, "service": 0.2, "lab_result": 0.2, "vital_sign": 0.15,
    "immunisation": 0.1, "allergy": 0.02, "history": 0.03,
}  # fmt: skip
"""2.5 events a record are 3 a person."""
NAMELESS = {field.name: "null" for field in PERSON_RECORD.sealed_fields}
"""Nothing here reads who a record in PostgreSQL is of: sealing that is a part of reading files, and is measured there."""
RECORDS_A_BATCH = 50_000
SENDER = "DC01"
COMMON = {
    "batch_id": "batch_id", "row_no": "row_no", "record_id": "record_id", "line_no": "1", "row_digest": "md5(n::varchar)",
    "sender_code": f"'{SENDER}'", "full_name": "'Nguyễn Văn ' || (n % 9973)", "full_name_toneless": "'nguyen van ' || (n % 9973)",
    "birth_date": "date '1930-01-01' + (p * 7919 % 34000)::int", "birth_precision": "'day'",
    "sex": "if(p % 2 = 0, 'male', 'female')", "national_id": "lpad(p::varchar, 12, '0')",
    "phone": "'09' || lpad((n * 31 % 100000000)::varchar, 8, '0')", "address": "'Số ' || (p % 997) || ' phố ' || (p % 211)",
    "ward_code": "ward_of(p)", "as_of_date": "date '2026-01-01' + (n % 270)::int", "occupation_code": "lpad((p % 97)::varchar, 5, '0')",
    "facility_code": "'01929'", "source_encounter_id": "'LK' || n", "visit_type_code": "'01'",
    "started_at": "timestamp '2026-01-01 08:00:00' + to_days((n % 270)::int)", "ended_at": "timestamp '2026-01-02 08:00:00' + to_days((n % 270)::int)",
    "reason": "'Khám ' || (n % 50)", "main_icd10_code": "'J' || lpad((n % 100)::varchar, 2, '0')", "diagnosis_text": "'Chẩn đoán ' || (n % 1000)",
    "icd10_code": "'I' || lpad((n % 100)::varchar, 2, '0')", "is_main": "true", "diagnosed_on": "date '2026-01-01' + (n % 270)::int",
    "drug_code": "'40.' || (n % 900)", "drug_name": "'Thuốc ' || (n % 900)", "quantity": "(n % 30)::double", "unit": "'viên'",
    "dosage": "'Ngày 2 lần, mỗi lần 1 viên'", "prescribed_at": "timestamp '2026-01-01 09:00:00' + to_days((n % 270)::int)",
    "service_code": "'02.' || (n % 700)", "service_name": "'Dịch vụ ' || (n % 700)", "test_name": "'Xét nghiệm ' || (n % 200)",
    "value_text": "(n % 100)::varchar", "value_number": "(n % 100)::double", "sign": "'weight'", "measured_on": "date '2026-01-01' + (n % 270)::int",
    "vaccine_name": "'Vắc xin ' || (n % 20)", "dose_no": "(n % 3 + 1)::int", "given_on": "date '2026-01-01' + (n % 270)::int",
    "substance": "'Penicillin'", "kind": "'disease'", "statement": "'Tăng huyết áp'", "is_none_known": "false",
}  # fmt: skip
"""What each column holds, by record `n` and person `p`; every other column is empty."""


@dataclass(frozen=True)
class Size:
    """How much was invented."""

    people: int
    records: int
    events: int


def invent(settings: Settings, people: int) -> Size:
    """A register and its people's records and events, every one linked and none of them in a book yet."""
    records = int(people * RECORDS_A_PERSON)
    with _engine(settings) as engine:
        engine.execute(f"create view person as select p + 1 as p, p as n from range({people}) t(p)")
        schema = REGISTER_PERSON.arrow_schema
        with Store(settings).writing("register/1") as folder:
            stated = {"person_id": "p", "status": "'resident'", "register_version": "1", "phone": "null"}
            _write(engine, f"select {_columns(schema, stated)} from person", folder / "register_person.parquet")
        with steps.warehouse(settings) as connection, connection.cursor() as cursor:
            cursor.execute(
                "insert into identity.register_version values (1, repeat('0', 64), 'snapshot', '2026-09-01', %s, %s, now())",
                (people, people),
            )
            _copy(connection, engine, "identity.person", "select p as person_id, false as is_provisional from person")
        return Size(people, records, invent_records(settings, people, 0, records))


def invent_records(settings: Settings, people: int, first: int, count: int, more_events: float = 1, **said: str) -> int:
    """Records `first` and following in batches of their own, linked, by a build that waits to be merged; gives their events.

    `said` replaces what `COMMON` says of a column.
    """
    with _engine(settings) as engine, steps.warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")  # keys of invented rows need no proof
        cursor.execute("select coalesce(max(batch_id), 0) from intake.batch")
        batch = cursor.fetchone()[0]
        engine.execute(f"""create table record as select n, {batch + 1} + (n - {first}) // {RECORDS_A_BATCH} as batch_id,
            ((n - {first}) % {RECORDS_A_BATCH} + 2)::int as row_no, (hash(n) >> 4)::bigint as record_id,
            (if(n < {people}, n, hash(n + 1) % {people}) + 1)::bigint as p from range({first}, {first + count}) t(n)""")
        events = _stage(settings, engine, more_events, said)
        run = open_run(cursor, is_full=first == 0)
        for number, rows in engine.execute("select batch_id, count(*) from record group by 1 order by 1").fetchall():
            cursor.execute(
                "insert into intake.batch (batch_id, sha256, sender_code, kind, state, bytes, rows_in, accepted, quarantined, duplicate, withdrawn, received_at, finished_at)"
                " values (%s, lpad(%s::text, 64, '0'), %s, 'district_export', 'accepted', 1, %s, %s, 0, 0, 0, now(), now())",
                (number, number, SENDER, rows, rows))  # fmt: skip
        _copy(
            connection,
            engine,
            PERSON_RECORD.qualified_name,
            f"select {_columns(PERSON_RECORD.arrow_schema, {**said, **NAMELESS})} from record",
        )
        _copy(
            connection,
            engine,
            "identity.link",
            f"""select record_id, p as person_id, 'match' as decision, 'invented' as rule,
            '1' as model_version, {run}::bigint as opened_run_id, timestamptz '2026-10-01' as opened_at, 'engine' as actor from record""",
        )
    return events


def open_run(cursor: Cursor, is_full: bool) -> int:
    """A build whose links stand."""
    cursor.execute(
        "insert into identity.run (is_full, model_version, register_version, input_digest, state, matched, in_review, unmatched, started_at)"
        " values (%s, '1', (select max(register_version) from identity.register_version), md5(random()::text), 'linked', 0, 0, 0, now())"
        " returning run_id",
        (is_full,),
    )
    return int(cursor.fetchone()[0])


def _stage(settings: Settings, engine: duckdb.DuckDBPyConnection, more_events: float, said: dict[str, str]) -> int:
    events = 0
    for (batch,) in engine.execute("select distinct batch_id from record order by 1").fetchall():
        with Store(settings).writing(f"staged/{batch}") as folder:
            for table in (PERSON_RECORD, *EVENT_TABLES):
                share = 1 if table is PERSON_RECORD else EVENTS_A_RECORD[table.name] * more_events
                where = f"batch_id = {batch} and hash(n, '{table.name}') % 1000 < {int(1000 * share)}"
                rows = _write(
                    engine,
                    f"select {_columns(table.source_schema, said)}, 'accepted' as row_state from record where {where}",
                    folder / f"{table.name}.parquet",
                )
                events += 0 if table is PERSON_RECORD else rows
    return events


def _columns(schema: pa.Schema, more: dict[str, str] | None = None) -> str:
    known = {**COMMON, **(more or {})}
    return ", ".join(f"({known.get(field.name, 'null')})::{_type(field.type)} as {field.name}" for field in schema)


def _type(kind: pa.DataType) -> str:
    named = {
        pa.string(): "varchar",
        pa.int64(): "bigint",
        pa.int32(): "integer",
        pa.float64(): "double",
        pa.bool_(): "boolean",
        pa.date32(): "date",
    }
    return named.get(kind, "timestamp")


def _write(engine: duckdb.DuckDBPyConnection, sql: str, path: Path) -> int:
    return int(engine.execute(f"copy ({sql}) to '{path}' (format parquet, compression zstd)").fetchone()[0])


def _copy(connection: object, engine: duckdb.DuckDBPyConnection, name: str, sql: str) -> None:
    for batch in engine.sql(sql).to_arrow_reader(500_000):
        copy_table(connection, name, batch)


def _engine(settings: Settings) -> duckdb.DuckDBPyConnection:
    engine = duckdb.connect(
        config={
            "memory_limit": settings.memory_limit,
            "threads": settings.threads,
            "preserve_insertion_order": "false",
            "temp_directory": str(settings.var_dir / "spill-invent"),
        }
    )
    wards = reference.wards()["ward_code"].to_pylist()
    engine.execute(f"create macro ward_of(p) as ({wards}::varchar[])[1 + p * 31 % {len(wards)}]")
    return engine
