"""Signing in through a provider of OpenID Connect: a real one on this machine."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from pydantic import SecretStr

from etl import steps
from etl.errors import ConfigError
from etl.orchestration.session import find_free_port
from etl.settings import Settings, load_settings
from etl.warehouse.connect import connect
from tests.pipeline.city import read_rows
from tests.portal.look import barriers
from tests.portal.town import Town, running
from tests.reports.browser import IN_BROWSER, open_browser

SUBJECT = "subject-of-nobody"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def town(provider: str, module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """An empty town whose account `nobody` the provider knows."""
    folder = tmp_path_factory.mktemp("town")
    settings = Settings(
        var_dir=folder / "var", database_url=module_database_url, portal_port=find_free_port("127.0.0.1"), oidc_issuer=provider,
        oidc_client_id="portal", oidc_client_secret=SecretStr("x" * 32),
    )  # fmt: skip
    settings.var_dir.mkdir()
    steps.prepare(settings)
    with running(settings, parts=("pages",)) as opened:
        with connect(module_database_url) as connection, connection.cursor() as cursor:
            cursor.execute(
                "update access.account set oidc_subject = %s where user_name = %s",
                (SUBJECT, opened.account("nobody")),
            )
        yield opened


def asked(client: httpx.Client) -> httpx.Response:
    """The portal sends on to the provider."""
    return client.get("/sign-in/provider", follow_redirects=False)


def returned(client: httpx.Client, address: str, subject: str = SUBJECT) -> str:
    """The provider's answer for a subject: where it sends the browser to."""
    answer = httpx.post(address, data={"sub": subject}, follow_redirects=False, trust_env=False)
    assert answer.status_code in (302, 303), answer.text[:300]
    return answer.headers["location"]


def test_state_nonce_and_a_code_challenge_go_along(town: Town) -> None:
    with closing(town.client()) as client:
        answer = asked(client)
        words = parse_qs(urlsplit(answer.headers["location"]).query)
        assert words["code_challenge_method"] == ["S256"]
        assert all(len(words[name][0]) > 16 for name in ("state", "nonce", "code_challenge"))
        assert words["redirect_uri"] == [f"{town.base_url}/sign-in/returned"]
        assert words["scope"] == ["openid"]
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie


def test_whom_the_provider_names_gets_a_session_of_his_account(town: Town) -> None:
    with closing(town.client()) as client:
        back = client.get(returned(client, asked(client).headers["location"]), follow_redirects=False)
        assert back.status_code == 303
        assert back.headers["location"] == "/"
        page = client.get("/")
        assert town.account("nobody") in page.text
    found = read_rows(
        town.settings,
        f"select count(*) from audit.event where action = 'account.signed_in' and actor = '{town.account('nobody')}'",
    )
    assert found == [(1,)]


def test_a_subject_that_is_no_account_is_refused(town: Town) -> None:
    with closing(town.client()) as client:
        back = client.get(returned(client, asked(client).headers["location"], "somebody else"), follow_redirects=False)
        assert back.status_code == 403
        assert "somebody else" not in back.text
        assert client.get("/", follow_redirects=False).status_code == 303
    assert read_rows(town.settings, "select subject from audit.event where action = 'account.unknown_subject'") == [
        ("account nobody",)
    ]
    assert "somebody else" not in (town.settings.var_dir / "portal" / "pages.log").read_text()


def test_an_answer_to_another_browser_is_refused(town: Town) -> None:
    with closing(town.client()) as mine, closing(town.client()) as other:
        address = returned(mine, asked(mine).headers["location"])
        asked(other)
        assert other.get(address, follow_redirects=False).status_code == 403, "its state is another's"
        assert mine.get(re.sub(r"state=[^&]+", "state=x", address), follow_redirects=False).status_code == 403
        assert mine.get(re.sub(r"code=[^&]+", "code=x", address), follow_redirects=False).status_code == 403
        assert mine.get("/sign-in/returned?error=access_denied", follow_redirects=False).status_code == 403
        assert mine.get("/sign-in/returned", follow_redirects=False).status_code == 403


def test_a_code_serves_once(town: Town) -> None:
    with closing(town.client()) as client:
        address = returned(client, asked(client).headers["location"])
        assert client.get(address, follow_redirects=False).status_code == 303
        assert client.get(address, follow_redirects=False).status_code == 403


def test_a_provider_that_is_away_is_said_to_be(database_url: str, tmp_path: Path) -> None:
    from fastapi.testclient import TestClient

    from portal.app import create_app

    settings = Settings(
        var_dir=tmp_path, database_url=database_url, oidc_issuer=f"http://localhost:{find_free_port('127.0.0.1')}",
        oidc_client_id="portal", oidc_client_secret=SecretStr("x" * 32),
    )  # fmt: skip
    steps.prepare(settings)
    with TestClient(create_app(settings)) as client:
        assert client.get("/sign-in/provider").status_code == 503
        assert client.get("/sign-in").status_code == 200


@pytest.mark.parametrize(
    ("issuer", "is_right"),
    [
        ("https://id.example.vn", True),
        ("http://localhost:9", True),
        ("http://id.example.vn", False),
        ("https://u:p@id.vn", False),
    ],
)
def test_the_provider_is_asked_encrypted(monkeypatch: pytest.MonkeyPatch, issuer: str, is_right: bool) -> None:
    for name, value in (("ISSUER", issuer), ("CLIENT_ID", "portal"), ("CLIENT_SECRET", "x" * 32)):
        monkeypatch.setenv(f"HEALTHBOOK_OIDC_{name}", value)
    if is_right:
        assert load_settings().oidc_issuer == issuer
        return
    with pytest.raises(ConfigError, match="OIDC_ISSUER"):
        load_settings()


@IN_BROWSER[0]
@IN_BROWSER[1]
def test_the_journey_through_the_provider(town: Town) -> None:
    with open_browser() as browser:
        page = browser.new_page()
        page.goto(f"{town.base_url}/sign-in")
        assert not barriers(page)
        page.click("a[href='/sign-in/provider']")
        page.fill("input[name=sub]", SUBJECT)
        page.click("button:has-text('Authorize')")
        page.wait_for_url(f"{town.base_url}/")
        assert town.account("nobody") in page.inner_text("header")
