"""Standing checks: what Great Expectations says of the whole warehouse, by queries in `sql/checks`.

A query gives rows of counts (`ROWS`), for several rules at once where they read the same table: it runs once. Nothing of a
person is in them. Great Expectations shows what it meets in results, logs and exceptions, so of a check that breaks only the
kind of error travels on.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import STANDING
from etl.errors import DependencyError
from etl.quality.catalogue import Rule, catalogue

CHECKS = Path(__file__).resolve().parents[2] / "sql" / "checks"
CITY = "HN"
SUITE = "warehouse"
ROWS = ("rule_id", "scope_kind", "scope_code", "applicable", "failing", "observed", "expected")
"""Columns of a query's rows. `scope_code` is null for what is in no ward: it counts for the city alone."""
RESULT_FORMAT = {"result_format": "BASIC"}
OPTIONS = (
    "-c healthbook.today={today} -c work_mem=128MB -c enable_partitionwise_join=on -c enable_partitionwise_aggregate=on"
)
"""Of the sessions in which checks run; `healthbook.today` is the day that queries ask for."""


def standing_rules() -> tuple[Rule, ...]:
    """The rules that are checked over the whole warehouse."""
    return catalogue().suites[SUITE].expectations


def run_checks(url: str, today: date, rules: Sequence[Rule] | None = None) -> pa.Table:
    """Rows of `quality.standing` for the day: of every rule what its query gave, and their sum for the city.

    `url` is the warehouse's address for SQLAlchemy. A rule whose query breaks gets one row that says so, and counts as
    failed. A rule that applied to nothing has no row.
    """
    rules = standing_rules() if rules is None else rules
    by_query: dict[str, list[Rule]] = {}
    for rule in rules:
        by_query.setdefault(rule.kwargs["query"], []).append(rule)
    rows: list[dict[str, Any]] = []
    for sharing in by_query.values():
        for rule, found in zip(sharing, _ask(url, today, sharing), strict=True):
            rows += _rows_of(rule, found, today)
    table = pa.Table.from_pylist(rows, schema=STANDING.arrow_schema)
    return table.sort_by([(name, "ascending") for name in STANDING.key])


def _rows_of(rule: Rule, found: Sequence[dict[str, Any]] | None, today: date) -> list[dict[str, Any]]:
    """What a rule found as rows of the day, the city's among them."""
    about = {"checked_on": today, "rule_id": rule.rule_id, "has_erred": found is None}
    if found is None:
        return [{**about, "scope_kind": "city", "scope_code": CITY, "applicable": 1, "failing": 1}]
    told = [
        {**about, **row} for row in found if row["scope_code"] and row["scope_kind"] != "city" and row["applicable"]
    ]
    city = {name: sum(row[name] for row in found) for name in ("applicable", "failing")}
    if not city["applicable"]:
        return told
    measured = [row for row in found if row["scope_kind"] == "city"]
    only = measured[0] if len(found) == len(measured) == 1 else {}
    more = {name: only.get(name) for name in ("observed", "expected")}
    return [*told, {**about, "scope_kind": "city", "scope_code": CITY, **city, **more}]


def _ask(url: str, today: date, rules: Sequence[Rule]) -> list[list[dict[str, Any]] | None]:
    """The rows of rules that share a query; None for each of them where it could not be run.

    Raises DependencyError where it is not the rule that broke: the disk is full, or the database is not there.
    """
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    try:
        results = _validate(url, today, rules)
    except ConnectionError:  # GX's own among them
        results = {}
    except OSError:
        raise DependencyError("checks: a file could not be written; expected space on the disk. Free some.") from None
    except Exception:  # whatever GX or the database throws may quote values: nothing of it may travel on
        results = {}
    found = [results.get(rule.rule_id) for rule in rules]
    if None in found:
        _see_that_it_answers(url)
    return found


def _see_that_it_answers(url: str) -> None:
    """Raises DependencyError where the database does not answer: then no rule is to blame."""
    from great_expectations.compatibility.sqlalchemy import sqlalchemy  # type: ignore[attr-defined]  # not typed

    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("select 1"))
    except Exception:
        raise DependencyError("checks: the database does not answer; expected it to be there. Start it.") from None
    finally:
        engine.dispose()


def _validate(url: str, today: date, rules: Iterable[Rule]) -> dict[str, list[dict[str, Any]] | None]:
    import great_expectations as gx

    from etl.quality import warehouse_expectation  # noqa: F401 - registers itself
    from etl.quality.suites import quiet_context

    separator = "&" if "?" in url else "?"
    address = f"{url}{separator}options={quote(OPTIONS.format(today=today))}"
    source = quiet_context().data_sources.add_or_update_postgres("warehouse", connection_string=address)
    suite = gx.ExpectationSuite(
        "standing",
        expectations=[
            {"type": rule.type, "kwargs": rule.kwargs, "severity": rule.severity, "meta": {"id": rule.rule_id}}
            for rule in rules
        ],
    )
    try:
        asset = source.add_query_asset("one_row", query="select 1 as one")
        batch = asset.add_batch_definition_whole_table("batch").get_batch()
        results = batch.validate(suite, result_format=RESULT_FORMAT).results
        batch.data.execution_engine.close()
    finally:
        source.get_engine().dispose()
    found: dict[str, list[dict[str, Any]] | None] = {}
    for result in results:
        config = result.expectation_config
        assert config is not None
        details = (result.result or {}).get("details")
        found[config.meta["id"]] = None if details is None else details["rows"]
    return found


@lru_cache
def query_text(name: str) -> str:
    """The SQL of a query in `sql/checks`."""
    return (CHECKS / f"{name}.sql").read_text(encoding="utf-8")


def failing_scopes(standing: pa.Table) -> pa.Table:
    """The finest rows that fail: a rule that tells of wards or senders says nothing more of the city."""
    finer = standing.filter(pc.not_equal(standing["scope_kind"], "city"))
    is_alone = pc.invert(pc.is_in(standing["rule_id"], value_set=finer["rule_id"].combine_chunks()))
    is_meant = pc.or_(pc.not_equal(standing["scope_kind"], "city"), is_alone)
    return standing.filter(pc.and_(is_meant, pc.greater(standing["failing"], 0)))
