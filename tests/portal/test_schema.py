"""What nobody thought of: schemathesis sends invented requests to every route, signed in; nothing may break."""

from collections.abc import Iterator

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode

from etl import steps
from portal.app import create_app
from tests.pipeline.city import read_rows
from tests.portal.conftest import Doors
from tests.portal.extra import account, drop_role
from tests.portal.town import WARD, Town

EXAMPLES = 8
"""Of each route and way: as its description says, and against it."""
LEFT_OUT = {"/sign-out"}
"""It ends the session with which the others are asked."""
HERE, CITY = steps.Scope(wards=(WARD,)), steps.Scope(is_city=True)
ROLES = (
    *((role, HERE) for role in ("officer", "reader", "hiv")),
    *((role, CITY) for role in ("steward", "manager", "engineer", "auditor")),
)


@pytest.fixture(scope="module")
def headers(town: Town, enter: Doors) -> Iterator[dict[str, str]]:
    """Of somebody who may do everything."""
    with account(town, "everything", *ROLES):
        client = enter("everything")
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        yield {"cookie": cookies, "x-csrf-token": client.headers["x-csrf-token"]}
        made = read_rows(
            town.settings, f"select user_name from access.account where created_by = '{town.account('everything')}'"
        )
        for (name,) in made:
            drop_role(town, str(name))


def operations(town: Town) -> list[APIOperation]:
    """Every operation that the application describes."""
    app = create_app(town.settings)
    schema = schemathesis.openapi.from_dict(app.openapi())
    app.state.database.close()
    return [found.ok() for found in schema.get_all_operations()]


def test_no_request_breaks_a_route(town: Town, headers: dict[str, str]) -> None:
    asked: dict[str, set[int]] = {}
    broken: list[str] = []
    for operation in operations(town):
        if operation.path in LEFT_OUT:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _ask_all(town, headers, operation, mode, asked, broken)
    assert not broken, "\n".join(sorted(set(broken))[:40])
    assert len(asked) > 40
    assert {200, 303, 404, 422} <= set().union(*asked.values())
    log = (town.settings.var_dir / "portal" / "pages.log").read_text(encoding="utf-8")
    assert "Traceback" not in log


def _ask_all(
    town: Town, headers: dict[str, str], operation: APIOperation, mode: GenerationMode, asked: dict[str, set[int]], broken: list[str]
) -> None:  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case: Case) -> None:
        try:
            answer = case.call(base_url=town.base_url, headers=headers, allow_redirects=False, timeout=30)
        except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError):
            return  # no browser could send it either
        asked.setdefault(operation.label, set()).add(answer.status_code)
        text = answer.content.decode("utf-8", "replace")
        if answer.status_code >= 500 or "Traceback" in text or "psycopg2" in text:
            broken.append(f"{operation.label}: {answer.status_code} {case.as_curl_command()[:600]}")

    try:
        ask()
    except Exception as error:
        if type(error).__name__ not in ("Unsatisfiable", "SkipTest", "Skipped"):
            raise
