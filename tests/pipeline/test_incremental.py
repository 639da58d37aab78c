"""A build of the books touched gives what a build of all books gives, whatever happened since; and so does an exchange."""

import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl import steps
from etl.contracts import REGISTER_PERSON
from etl.errors import HealthbookError
from etl.settings import Settings
from etl.steps import book_building
from etl.warehouse import publish
from etl.warehouse.load import fetch_table
from etl.warehouse.publish import BOOK_TABLES, Plan
from etl.warehouse.store import MANIFEST, Store, _write_manifest
from tests.bench.warehouse_city import invent, invent_records, open_run
from tests.pipeline.city import digest_tables, read_rows, tables_that_differ

PEOPLE = 60
SHARED = "'LK' || (n * 7 % 50)"
"""Numbers of visits that records of several people share: each delivery replaces the one before."""


@pytest.fixture
def village(empty_settings: Settings) -> Settings:
    """Sixty people with 72 records, in no book yet."""
    invent(empty_settings, PEOPLE)
    return empty_settings


def build(settings: Settings, is_full: bool = False) -> Plan:
    """Merge and publish what stands as a build of its own."""
    run_id = merge(settings, is_full)
    steps.publish(settings, run_id)
    return plan_of(settings, run_id)


def merge(settings: Settings, is_full: bool = False) -> int:
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        run_id = open_run(cursor, is_full)
    steps.merge(settings, run_id)
    return run_id


def plan_of(settings: Settings, run_id: int) -> Plan:
    return Plan.read(Store(settings).path(f"books/{run_id}"))


def execute(settings: Settings, statement: str) -> None:
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def move_a_link(settings: Settings, rng: random.Random) -> None:
    """To another person, who may have had no record yet."""
    person = rng.choice([rng.randint(1, PEOPLE), -rng.randint(1, 3)])
    execute(
        settings,
        f"""
        insert into identity.person values ({person}, {person < 0}) on conflict do nothing;
        with moved as (
            update identity.link set closed_at = now(), closed_run_id = opened_run_id where link_id = (
                select link_id from identity.link where closed_at is null
                order by md5({rng.random()} || link_id::text) limit 1) returning *)
        insert into identity.link (record_id, person_id, decision, rule, model_version, opened_run_id, opened_at, actor)
        select record_id, {person}, 'match', 'moved', model_version, opened_run_id, now(), 'engine' from moved""",
    )


def bring_records(settings: Settings, rng: random.Random) -> None:
    """A few, of visits that others told before; those of two batches."""
    [(known,)] = read_rows(settings, "select count(*) from intake.person_record")
    invent_records(settings, PEOPLE, int(str(known)), rng.randint(2, 5), 2, source_encounter_id=SHARED)


def withdraw_a_batch(settings: Settings, rng: random.Random) -> None:
    """Or let one in again."""
    [*batches] = read_rows(settings, "select batch_id from intake.batch order by 1")
    execute(
        settings,
        "update intake.batch set state = case state when 'accepted' then 'withdrawn' else 'accepted' end"
        f" where batch_id = {rng.choice(batches[1:] or batches)[0]}",
    )


def change_the_register(settings: Settings, rng: random.Random) -> None:
    """One person's row is another, one is new, one is gone."""
    [(version,)] = read_rows(settings, "select max(register_version) from identity.register_version")
    people = Store(settings).read_table(f"register/{version}", "register_person").to_pylist()
    changed = rng.choice(people)
    changed["phone"] = f"09{rng.randint(0, 10**8 - 1):08}"
    people.remove(rng.choice(people))
    with Store(settings).writing(f"register/{int(str(version)) + 1}") as folder:
        table = pa.Table.from_pylist(people, schema=REGISTER_PERSON.arrow_schema)
        pq.write_table(table, folder / "register_person.parquet")
    execute(
        settings,
        f"insert into identity.register_version select register_version + 1, md5(random()::text) || md5(random()::text),"
        f" kind, as_of_date, rows_in, persons, now() from identity.register_version where register_version = {version}",
    )


CHANGES = (move_a_link, move_a_link, bring_records, withdraw_a_batch, change_the_register)


def rows_that_differ(settings: Settings, run_id: int) -> dict[str, int]:
    """Of each table: how many rows stand in what readers see or in what a build wrote, and not in both."""
    folder, found = Store(settings).path(f"books/{run_id}"), {}
    for table in BOOK_TABLES:
        with steps.warehouse(settings) as connection:
            seen = fetch_table(connection, f"select * from {table.qualified_name}", (), table.arrow_schema)
        built = pq.read_table(folder / table.name).select(seen.column_names).cast(table.arrow_schema)
        seen = Store(settings).seals.open(table, seen)
        one, other = ({str(row) for row in rows.to_pylist()} for rows in (seen, built))
        assert len(one) == seen.num_rows
        assert len(other) == built.num_rows
        found[table.name] = len(one ^ other)
    return {name: count for name, count in found.items() if count}


@pytest.mark.parametrize("seed", [1, 2])
def test_books_touched_are_what_all_books_are(village: Settings, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each of ten changes a full build finds nothing that it would write."""
    monkeypatch.setattr("etl.steps.book_inputs.MOST_TOUCHED", 0.9)
    rng, partial = random.Random(seed), 0
    build(village)
    for _ in range(10):
        for _ in range(rng.randint(1, 2)):
            change = rng.choice(CHANGES)
            change(village, rng)
        run_id = merge(village)
        steps.publish(village, run_id)
        partial += plan_of(village, run_id).rows["health_book"][0] < 40
        whole = merge(village, is_full=True)
        assert plan_of(village, whole).changed == 0, f"after {change.__name__}"
        assert not rows_that_differ(village, whole)
    assert partial > 3, "few builds were partial"


def test_a_day_writes_only_the_books_touched(village: Settings) -> None:
    first = build(village)
    assert (first.changed, first.books) == (PEOPLE, PEOPLE)
    move_a_link(village, random.Random(1))
    second = build(village)
    assert second.changed <= 2
    assert second.rows["health_book"][0] <= 2
    written = read_rows(village, "select built_run_id, count(*)::int from book.health_book group by 1 order by 2")
    assert written[-1][1] >= PEOPLE - 2
    assert build(village).changed == 0


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a large city's books are built and published."""
    monkeypatch.setattr(book_building, "PARTED_RECORDS", 0)
    monkeypatch.setattr(publish, "EXCHANGED_BOOKS", 0)
    monkeypatch.setattr(publish, "EXCHANGED_SHARE", 0)


@pytest.fixture
def published(village: Settings) -> Settings:
    build(village)
    return village


def test_partitions_exchanged_hold_what_rows_in_place_hold(published: Settings, in_parts: None) -> None:
    before = digest_tables(published)
    plan = build(published, is_full=True)
    assert plan.is_exchange
    after = digest_tables(published)
    assert not {*tables_that_differ(before, after)} - {"run", "event", "chain"}
    assert read_rows(published, "select count(*) from pg_class where relnamespace = 'book_part'::regnamespace"
                     " and relkind = 'r' and relname ~ '^encounter_[0-9]'") == [(16,)]  # fmt: skip
    assert read_rows(published, "select count(*) from pg_constraint where conname = 'in_place'") == [(0,)]
    move_a_link(published, random.Random(3))
    assert build(published).changed <= 2
    assert plan_of(published, merge(published, is_full=True)).changed == 0


def test_what_arrives_otherwise_than_built_is_not_published(published: Settings, in_parts: None) -> None:
    """A row more, or one of another person: the old books stand, the reason is told, and the next build is whole."""
    before = digest_tables(published)
    run_id = merge(published, is_full=True)
    path = next(
        path
        for path in sorted((Path(published.store_url) / "books" / str(run_id) / "diagnosis").glob("*.parquet"))
        if pq.read_metadata(path).num_rows
    )
    rows = pq.read_table(path)
    pq.write_table(rows.slice(1), path)
    _renew_manifest(published, run_id)
    with pytest.raises(HealthbookError, match="not the rows that were built"):
        steps.publish(published, run_id)
    assert not {*tables_that_differ(before, digest_tables(published))} - {"run"}
    assert build(published, is_full=True).is_exchange
    assert read_rows(published, "select count(*) from pg_class where relnamespace = 'book_part'::regnamespace"
                     " and relkind = 'r' and not relispartition") == [(0,)]  # fmt: skip


def _renew_manifest(settings: Settings, run_id: int) -> None:
    """The file was damaged as a fault of ours would: whole, and wrong."""
    folder = Path(settings.store_url) / "books" / str(run_id)
    (folder / MANIFEST).unlink()
    _write_manifest(folder)


def test_readers_see_whole_books_only(published: Settings, in_parts: None) -> None:
    """While books are exchanged, each look finds as many visits as the books count."""
    looks: list[tuple[object, ...]] = []
    for _ in _reading(published, looks):
        for change in (move_a_link, bring_records):
            change(published, random.Random(4))
            build(published, is_full=True)
    assert len(looks) > 10
    assert all(counted == found for counted, found in looks)


def _reading(settings: Settings, looks: list[tuple[object, ...]]) -> Iterator[None]:
    done = Event()

    def look() -> None:
        while not done.is_set():
            looks.extend(
                read_rows(
                    settings,
                    "select (select sum(encounter_count) from book.health_book), (select count(*) from book.encounter where is_restricted is not true)",
                )
            )

    reader = Thread(target=look)
    reader.start()
    try:
        yield
    finally:
        done.set()
        reader.join()


def test_batches_that_do_not_balance_are_not_built(village: Settings) -> None:
    execute(village, "update intake.batch set accepted = accepted - 1, quarantined = quarantined + 1")
    with pytest.raises(HealthbookError, match="accepted rows in the store"):
        merge(village)


def test_a_build_that_another_overtook_goes_on_from_that_one(published: Settings) -> None:
    """Merged beside books that were replaced before it was published: it is merged again."""
    rng = random.Random(5)
    move_a_link(published, rng)
    older = merge(published)
    move_a_link(published, rng)
    newer = merge(published)
    steps.publish(published, older)
    steps.publish(published, newer)
    assert plan_of(published, newer).base_run_id == older
    assert plan_of(published, merge(published, is_full=True)).changed == 0
