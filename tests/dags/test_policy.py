"""What every DAG must have; parsed as Airflow's dag-processor does, in one child process for all tests."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from etl.orchestration.environment import PROJECT
from etl.orchestration.names import DAGS, POOLS

FILES = sorted((PROJECT / "dags").glob("*.py"))
LIGHT = {"airflow.sdk", "airflow.sdk.exceptions", "etl.orchestration.names", "etl.orchestration.policy", "typing"}
PARSE = """
import importlib.util, json, sys, time
from pathlib import Path
from airflow.sdk import DAG
began = time.process_time()
found = {}
for path in map(Path, sys.argv[1:]):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for dag in [getattr(module, path.stem)()]:
        found[dag.dag_id] = {
            "tags": sorted(dag.tags), "doc": dag.doc_md, "catchup": dag.catchup, "runs": dag.max_active_runs,
            "schedule": repr(dag.timetable), "params": {n: p.schema for n, p in dag.params._ParamsDict__dict.items()},
            "tasks": {t.task_id: {
                "owner": t.owner,
                "pool": t.pool, "retries": t.retries,
                "policy": bool(getattr(t, "partial_kwargs", t.__dict__)["retry_policy"]),
                "outlets": [a.name for a in t.outlets], "downstream": sorted(t.downstream_task_ids),
            } for t in dag.tasks},
        }
heavy = [n for n in ("pandas", "great_expectations", "duckdb", "etl.steps", "sqlalchemy") if n in sys.modules]
print("RESULT" + json.dumps({"dags": found, "seconds": time.process_time() - began, "heavy": heavy}))
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("airflow")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment = kept | {"AIRFLOW_HOME": str(home), "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, "-c", PARSE, *map(str, FILES)], env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout.split("RESULT", 1)[1])
    return answer


def test_every_dag_is_there_and_parses_fast_without_heavy_imports(parsed: dict[str, Any]) -> None:
    assert set(parsed["dags"]) == set(DAGS)
    assert parsed["seconds"] < 3
    assert "etl.steps" not in parsed["heavy"]
    assert "great_expectations" not in parsed["heavy"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_is_short_and_imports_the_task_sdk_only(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    modules = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    assert modules <= LIGHT


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_argument_has_a_name_of_airflows_context(path: Path) -> None:
    """Airflow refuses such a task only when it runs: `run_id` did."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    names = {argument.arg for function in functions for argument in function.args.args}
    assert not names & {"run_id", "dag_run", "dag", "task", "ti", "params", "outlets", "inlets", "conn", "var", "ds"}


@pytest.mark.parametrize("dag_id", DAGS)
def test_dag_tells_operators_what_they_need(parsed: dict[str, Any], dag_id: str) -> None:
    dag = parsed["dags"][dag_id]
    assert dag["tags"]
    assert "is red" in dag["doc"]
    assert "DependencyError" in dag["doc"]
    assert dag["catchup"] is False
    assert dag["runs"] == 1
    assert all("type" in schema for schema in dag["params"].values())


@pytest.mark.parametrize("dag_id", DAGS)
def test_tasks_have_owner_pool_and_retries_by_kind_of_error(parsed: dict[str, Any], dag_id: str) -> None:
    for task in parsed["dags"][dag_id]["tasks"].values():
        assert task["owner"] == "data-engineering"
        assert task["pool"] in POOLS
        assert task["retries"] == 4
        assert task["policy"]


def test_assets_chain_the_dags(parsed: dict[str, Any]) -> None:
    dags = parsed["dags"].items()
    outlets = {dag: [name for task in body["tasks"].values() for name in task["outlets"]] for dag, body in dags}
    assert outlets == {
        "load_register": ["register"], "receive_batches": ["batch_accepted", "batch_accepted"],
        "build_health_books": ["health_books"], "publish_reports": [], "remind_tasks": [],
    }  # fmt: skip
    build = {name: task["downstream"] for name, task in parsed["dags"]["build_health_books"]["tasks"].items()}
    assert build == {"link": ["merge"], "merge": ["publish"], "publish": ["check"], "check": ["score"], "score": []}


def test_a_broken_file_neither_stops_the_others_nor_hides(parsed: dict[str, Any]) -> None:
    tasks = parsed["dags"]["receive_batches"]["tasks"]
    assert tasks["take_in"]["downstream"] == ["announce", "outcome"]
