"""Airflow's REST API v2, as far as we use it: health, pools, triggering, watching."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from etl.errors import DependencyError
from etl.orchestration.environment import ADMIN

COMPONENTS_WATCHED = ("metadatabase", "scheduler", "dag_processor")
PAGE_ROWS = 100
EVERY_RUN = "/api/v2/dags/~/dagRuns"
EVERY_TASK = "/api/v2/dags/~/dagRuns/~/taskInstances"


class AirflowClient:
    """One signed-in client. Every method raises DependencyError where Airflow does not answer as it should."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=30, trust_env=False)

    def is_healthy(self) -> bool:
        """Whether database, scheduler and dag-processor all answer; False while the server is not up yet."""
        try:
            health = self._http.get("/api/v2/monitor/health").json()
        except (httpx.HTTPError, ValueError):
            return False
        return all((health.get(part) or {}).get("status") == "healthy" for part in COMPONENTS_WATCHED)

    def sign_in(self, password: str) -> None:
        token = self._ask("POST", "/auth/token", json={"username": ADMIN, "password": password})["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def add_pools(self, pools: Mapping[str, tuple[int, str]]) -> None:
        """Make the pools that are missing; an operator's own number of slots is left as it is."""
        known = {pool["name"] for pool in self._ask("GET", "/api/v2/pools", params={"limit": 100})["pools"]}
        for name, (slots, description) in pools.items():
            if name not in known:
                pool = {"name": name, "slots": slots, "description": description, "include_deferred": False}
                self._ask("POST", "/api/v2/pools", json=pool)

    def list_dags(self) -> set[str]:
        return {dag["dag_id"] for dag in self._ask("GET", "/api/v2/dags", params={"limit": 100})["dags"]}

    def list_import_errors(self) -> list[str]:
        """The files that could not be parsed."""
        errors = self._ask("GET", "/api/v2/importErrors", params={"limit": 100})["import_errors"]
        return sorted(str(error["filename"]) for error in errors)

    def trigger(self, dag_id: str, **params: Any) -> str:
        """Start a run, with its DAG's params where they are not the usual ones; gives its id."""
        run = self._ask("POST", f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": params})
        return str(run["dag_run_id"])

    def read_state(self, dag_id: str, run_id: str) -> str:
        return str(self._ask("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def count_active_runs(self) -> int:
        """Runs of any DAG that are queued or running."""
        params = {"state": ["queued", "running"], "limit": 1}
        return int(self._ask("GET", EVERY_RUN, params=params)["total_entries"])

    def has_waiting_assets(self, dag_id: str) -> bool:
        """Whether an asset has changed for which the DAG's run is not made yet."""
        found = self._http.get(f"/api/v2/dags/{dag_id}/assets/queuedEvents")
        return found.status_code != httpx.codes.NOT_FOUND and bool(self._checked(found)["total_entries"])

    def count_tasks(self, since: str, **filters: Any) -> int:
        """Tasks that started since a moment (ISO 8601), by further filters of the API."""
        params = {"limit": 1, "start_date_gte": since, **filters}
        return int(self._ask("GET", EVERY_TASK, params=params)["total_entries"])

    def list_runs(self, since: str, until: str) -> list[tuple[str, str]]:
        """DAG and run id of all runs that were due from a moment (ISO 8601) to before another, in that order."""
        found: list[tuple[str, str]] = []
        window = {"run_after_gte": since, "run_after_lt": until, "order_by": "run_after", "limit": PAGE_ROWS}
        while True:
            page = self._ask("GET", EVERY_RUN, params={**window, "offset": len(found)})
            found += [(str(run["dag_id"]), str(run["dag_run_id"])) for run in page["dag_runs"]]
            if not page["dag_runs"] or len(found) >= page["total_entries"]:
                return found

    def clear_runs(self, runs: Sequence[tuple[str, str]]) -> None:
        """Let all tasks of these runs run again."""
        named = [{"dag_id": dag_id, "dag_run_id": run_id} for dag_id, run_id in runs]
        self._ask("POST", "/api/v2/dags/~/clearDagRuns", json={"dag_runs": named, "dry_run": False})

    def list_failed(self, since: str) -> list[str]:
        """`dag.task` of tasks that failed since a moment, and the DAGs of runs that did."""
        tasks = self._ask("GET", EVERY_TASK, params={"limit": 100, "start_date_gte": since, "state": ["failed"]})
        runs = self._ask("GET", EVERY_RUN, params={"limit": 100, "start_date_gte": since, "state": ["failed"]})
        names = [f"{task['dag_id']}.{task['task_id']}" for task in tasks["task_instances"]]
        return sorted({*names, *(str(run["dag_id"]) for run in runs["dag_runs"])})

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            return self._checked(self._http.request(method, path, **options))
        except httpx.HTTPError as error:
            kind = type(error).__name__
            raise DependencyError(f"Airflow at {path}: {kind}; expected an answer. Try again.") from None

    def _checked(self, response: httpx.Response) -> dict[str, Any]:
        if not response.is_success:
            path, status = response.request.url.path, response.status_code
            raise DependencyError(f"Airflow at {path}: status {status}; expected success. Read the api-server's log.")
        answer: dict[str, Any] = response.json()
        return answer
