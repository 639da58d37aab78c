"""Sessions and signing in, as somebody hostile would try them: planted cookies, guessed passwords, addresses to be sent to."""

import re
import statistics
import time
from contextlib import closing

import httpx
import pytest

from etl import steps
from portal.guard import hash_of
from tests.pipeline.city import read_rows
from tests.portal.conftest import Doors
from tests.portal.extra import account
from tests.portal.town import WARD, Town


def send(client: httpx.Client, method: str, path: str, **more: object) -> httpx.Response:
    return client.request(method, path, follow_redirects=False, **more)  # type: ignore[arg-type]


def test_a_cookie_that_was_brought_along_is_no_session(enter: Doors, town: Town) -> None:
    planted = "attacker-knows-this"
    client = town.client()
    client.cookies.set("healthbook", planted, domain="127.0.0.1", path="/")
    assert send(client, "GET", "/").status_code == 303
    page = client.get("/sign-in")
    token = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert token is not None
    answer = send(
        client, "POST", "/sign-in",
        data={"csrf": token[1], "user_name": town.account("nobody"), "password": town.passwords["nobody"]},
    )  # fmt: skip
    assert answer.status_code == 303
    assert planted not in answer.headers["set-cookie"]
    assert not read_rows(town.settings, f"select 1 from access.session where session_hash = '{hash_of(planted)}'")
    client.close()


@pytest.mark.parametrize(("column", "minutes"), [("seen_at", 31), ("started_at", 12 * 60 + 1)])
def test_a_session_ends_by_itself(enter: Doors, town: Town, column: str, minutes: int) -> None:
    client = enter.new("nobody")
    assert send(client, "GET", "/").status_code == 200
    move_session(town, "nobody", f"{column} = now() - interval '{minutes} minutes'")
    assert send(client, "GET", "/").status_code == 303


def move_session(town: Town, role: str, change: str) -> None:
    with steps.warehouse(town.settings) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"update access.session set {change} where user_name = %s and ended_at is null", (town.account(role),)
        )


def test_signing_out_ends_the_session_at_the_server(enter: Doors) -> None:
    client = enter.new("nobody")
    kept = client.cookies["healthbook"]
    client.post("/sign-out")
    client.cookies.set("healthbook", kept, domain="127.0.0.1", path="/")
    assert send(client, "GET", "/").status_code == 303


def test_what_is_taken_back_ends_at_once(enter: Doors, town: Town) -> None:
    with account(town, "passing", ("officer", steps.Scope(wards=(WARD,)))) as name:
        client = enter.new("passing")
        assert send(client, "GET", "/batches").status_code == 200
        assert send(enter("engineer"), "POST", f"/accounts/{name}/revoke", data={"role": "officer"}).status_code == 303
        assert send(client, "GET", "/batches").status_code == 403
        assert send(enter("engineer"), "POST", f"/accounts/{name}/close", data={"confirm": name}).status_code == 303
        assert send(client, "GET", "/").status_code == 303
        assert sign_in(town, name, town.passwords["passing"]).status_code == 403


def sign_in(town: Town, user_name: str, password: str, back: str = "/") -> httpx.Response:
    with closing(town.client()) as client:
        data = {"user_name": user_name, "password": password, "next": back}
        return client.post("/sign-in", data=data, follow_redirects=False)


def test_five_wrong_passwords_lock_and_nothing_tells_why(town: Town) -> None:
    with account(town, "locked") as name:
        texts = {said(sign_in(town, name, f"wrong password {n}")) for n in range(5)}
        texts.add(said(sign_in(town, name, town.passwords["locked"])))
        texts.add(said(sign_in(town, "no_such_account", "wrong password")))
        assert len(texts) == 1, "the right password of a locked account, and no account at all, are told the same"
        steps.unlock_account(town.settings, name, "test")
        assert sign_in(town, name, town.passwords["locked"]).status_code == 303


def said(answer: httpx.Response) -> tuple[int, str]:
    found = re.search(r'role="alert">([^<]*)<', answer.text)
    return answer.status_code, found[1] if found else ""


def test_an_account_that_is_none_takes_as_long(town: Town) -> None:
    def seconds(user_name: str) -> float:
        taken = []
        for n in range(4):
            with closing(town.client()) as client:
                begun = time.perf_counter()
                client.post("/sign-in", data={"user_name": user_name, "password": f"wrong password {n}"})
                taken.append(time.perf_counter() - begun)
        return statistics.median(taken)

    with account(town, "timed") as name:
        known, unknown = seconds(name), seconds("no_such_account")
    assert 0.4 < known / unknown < 2.5, (known, unknown)


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "/\t/evil"]
)
def test_nobody_is_sent_elsewhere(town: Town, enter: Doors, back: str) -> None:
    answer = sign_in(town, town.account("nobody"), town.passwords["nobody"], back)
    assert answer.headers["location"] == "/"
    assert send(enter("officer"), "GET", "/sign-in", params={"next": back}).headers["location"] == "/"
    assert send(enter("officer"), "POST", "/language", data={"language": "vi", "back": back}).headers["location"] == "/"
