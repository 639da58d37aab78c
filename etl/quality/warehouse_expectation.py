"""The expectation that runs a query of `sql/checks` against the warehouse, registered with Great Expectations by import."""

# mypy: disable-error-code="attr-defined, untyped-decorator"
# GX's providers are not typed

from typing import Any, ClassVar

from great_expectations.compatibility.sqlalchemy import sqlalchemy as sa
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value

from etl.quality.standing import ROWS, query_text

METRIC = "query.warehouse_counts"


class WarehouseCounts(MetricProvider):
    """All rows of a query, each a dictionary; Great Expectations asks once for all expectations on the same query."""

    metric_name = METRIC
    value_keys = ("query",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - GX's way
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> list[dict[str, Any]]:
        result = execution_engine.execute_query(sa.text(query_text(metric_value_kwargs["query"])))
        return [dict(row) for row in result.mappings()]


class ExpectWarehouseQueryToHold(BatchExpectation):
    """No row that a query of `sql/checks` gives for a measure counts anything as failing.

    `query`: stem of the file; `measure`: the value of `rule_id` of the rows that are meant.
    """

    query: str
    measure: str

    metric_dependencies = (METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("query", "measure")
    args_keys = ("query", "measure")

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        wanted = [row for row in metrics[METRIC] if row["rule_id"] == self.measure]
        rows = [{name: row.get(name) for name in ROWS[1:]} for row in wanted]
        for row in rows:
            row["applicable"], row["failing"] = int(row["applicable"]), int(row["failing"])
            row["observed"], row["expected"] = (
                None if row[name] is None else float(row[name]) for name in ("observed", "expected")
            )
        failing = sum(row["failing"] for row in rows)
        return {"success": not failing, "result": {"observed_value": failing, "details": {"rows": rows}}}
