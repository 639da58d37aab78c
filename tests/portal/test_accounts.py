"""Accounts: made, entitled and closed by engineers, never by themselves; seen by auditors; every change in the audit."""

import re

import httpx
import pytest

from etl import steps
from etl.errors import ConfigError
from tests.command_line import runner
from tests.pipeline.city import read_rows
from tests.portal.conftest import Doors
from tests.portal.extra import account, drop_role
from tests.portal.look import sign_in
from tests.portal.town import WARD, Town
from tests.reports.browser import IN_BROWSER, barriers, open_browser

HERE = steps.Scope(wards=(WARD,))


def post(client: httpx.Client, path: str, **data: str) -> httpx.Response:
    return client.post(path, data=data, follow_redirects=False)


def held(town: Town, user_name: str) -> list[tuple[object, ...]]:
    return read_rows(
        town.settings,
        f"select role_name, scope from access.permission where user_name = '{user_name}' and revoked_at is null order by 1, 2",
    )


def test_an_account_is_made_and_its_password_shown_once(town: Town, enter: Doors) -> None:
    name = f"{town.prefix}made"
    page = post(
        enter("engineer"),
        "/accounts",
        user_name=name,
        title="Trạm y tế thử",
        role="officer",
        scope_kind="ward",
        code=WARD,
    )
    try:
        assert page.status_code == 200
        found = re.search(r'class="secret">([^<]+)<', page.text)
        assert found is not None
        assert found[1] not in enter("engineer").get(f"/accounts/{name}").text
        assert held(town, name) == [("officer", f"ward:{WARD}")]
        town.passwords["made"] = found[1]
        assert enter.new("made").get("/batches").status_code == 200
        events = read_rows(
            town.settings, f"select action, actor from audit.event where subject = 'account {name}' order by event_id"
        )
        assert events[:2] == [
            ("account.created", town.account("engineer")),
            ("access.granted", town.account("engineer")),
        ]
    finally:
        drop_role(town, name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"user_name": "Có Dấu"}, {"user_name": "healthbook"},
        {"user_name": "healthbook_hiv"}, {"user_name": "x" * 60}, {"title": " "}, {"role": "king"},
        {"role": "manager", "scope_kind": "ward", "code": WARD}, {"role": "officer", "scope_kind": "ward", "code": "99999"},
        {"role": "officer", "scope_kind": "ward", "code": ""}, {"language": "fr"},
    ],
)  # fmt: skip
def test_what_does_not_fit_makes_nothing(town: Town, enter: Doors, wrong: dict[str, str]) -> None:
    before = read_rows(town.settings, "select count(*) from access.account")
    data = {"user_name": f"{town.prefix}misfit", "title": "x", **wrong}
    assert post(enter("engineer"), "/accounts", **data).status_code in (409, 422)
    assert read_rows(town.settings, "select count(*) from access.account") == before
    assert not read_rows(town.settings, f"select 1 from pg_roles where rolname = '{town.prefix}misfit'")


def test_roles_are_given_and_taken_back(town: Town, enter: Doors) -> None:
    with account(town, "entitled") as name:
        client = enter("engineer")
        assert (
            post(client, f"/accounts/{name}/grant", role="reader", scope_kind="ward", code=f"{WARD}, 00008").status_code
            == 303
        )
        assert held(town, name) == [("reader", f"ward:{WARD}"), ("reader", "ward:00008")]
        assert post(client, f"/accounts/{name}/revoke", role="reader").status_code == 303
        assert held(town, name) == []


def test_nobody_changes_his_own_rights(town: Town, enter: Doors) -> None:
    client, own = enter("engineer"), town.account("engineer")
    before = held(town, own)
    for path, data in (
        ("grant", {"role": "hiv", "scope_kind": "city"}),
        ("revoke", {"role": "engineer"}),
        ("password", {}),
        ("unlock", {}),
        ("close", {"confirm": own}),
    ):
        assert post(client, f"/accounts/{own}/{path}", **data).status_code == 403, path
    assert held(town, own) == before
    with pytest.raises(ConfigError, match="his own rights"):
        steps.grant_to_other(town.settings, own, "hiv", HERE, own)


def test_an_auditor_looks_on_and_changes_nothing(town: Town, enter: Doors) -> None:
    client, name = enter("auditor"), town.account("nobody")
    assert name in client.get("/accounts").text
    page = client.get(f"/accounts/{name}").text
    assert '<form method="post" action="/accounts' not in page
    assert post(client, "/accounts", user_name="x_y", title="x").status_code == 403
    assert post(client, f"/accounts/{name}/grant", role="officer", scope_kind="city").status_code == 403


def test_a_closed_account_is_closed_for_good(town: Town, enter: Doors) -> None:
    with account(town, "closing", ("officer", HERE)) as name:
        client = enter("engineer")
        assert post(client, f"/accounts/{name}/close", confirm="other").status_code == 422
        assert post(client, f"/accounts/{name}/close", confirm=name).status_code == 303
        assert held(town, name) == []
        assert post(client, f"/accounts/{name}/grant", role="officer", scope_kind="city").status_code == 409
        assert post(client, f"/accounts/{name}/password").status_code == 409
        assert read_rows(town.settings, f"select rolcanlogin from pg_roles where rolname = '{name}'") == [(False,)]


def test_everybody_changes_his_own_password(town: Town, enter: Doors) -> None:
    with account(town, "changing"):
        client, other, old = enter.new("changing"), enter.new("changing"), town.passwords["changing"]
        new = "một mật khẩu dài hơn"
        assert post(client, "/account", old=old, new="short", again="short").status_code == 422
        assert post(client, "/account", old=old, new=new, again=new + "x").status_code == 422
        assert post(client, "/account", old="wrong password", new=new, again=new).status_code == 422
        answer = post(client, "/account", old=old, new=new, again=new)
        assert answer.status_code == 303
        assert other.get("/", follow_redirects=False).status_code == 303, "every session ended"
        town.passwords["changing"] = new
        assert enter.new("changing").get("/").status_code == 200
        again = [post(enter.new("changing"), "/account", old="wrong", new=new, again=new).status_code for _ in range(2)]
        assert 429 in again, "nor tried by the hundred"


def test_the_command_line_makes_lists_and_closes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], town: Town
) -> None:
    assert town.settings.database_url is not None
    run = runner(monkeypatch, capfd, town.settings.database_url, town.settings.var_dir)
    name, who = f"{town.prefix}cli", ("--actor", "chief")
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert run("account", "create", name, "--title", "x", *who).code == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("một mật khẩu dài\n"))
    made = run("account", "create", name, "--title", "x", *who)
    try:
        assert made.json == {"user": name, "roles": []}
        assert run("account", "unlock", name, *who).json["state"] == "unlocked"
        assert len(run("account", "password", name, "--make-password", *who).json["password"]) >= 16
        assert name in {one["user_name"] for one in run("account", "list").json}
        assert run("account", "close", name, *who).json["state"] == "closed"
        assert run("account", "close", name, *who).code == 2
        assert run("account", "close", name, "--actor", name).code == 2
    finally:
        drop_role(town, name)


@IN_BROWSER[0]
@IN_BROWSER[1]
def test_the_journey_of_an_engineer(town: Town) -> None:
    with account(town, "shown", ("officer", HERE)) as name, open_browser() as browser:
        for width in (1200, 320):
            page = browser.new_page(viewport={"width": width, "height": 900})
            sign_in(page, town.base_url, town.account("engineer"), town.passwords["engineer"])
            page.click("nav >> text=Tài khoản")
            page.click(f"a:text-is('{name}')")
            page.click("text=Tạo mật khẩu mới")
            assert len(page.inner_text(".secret")) >= 16
            for path in ("/accounts", f"/accounts/{name}", f"/accounts/{town.account('engineer')}", "/account"):
                page.goto(town.base_url + path)
                assert not barriers(page), path
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            page.close()
