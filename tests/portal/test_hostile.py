"""What somebody could try: each account at each route, objects of another ward, forged forms and sessions, and no audit."""

import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest
from starlette.routing import Route

from etl import steps
from etl.settings import DEMO_SECRET
from portal.app import create_app
from portal.guard import HEADERS
from tests.pipeline.city import read_rows
from tests.portal.clinic import PERSON
from tests.portal.conftest import Doors
from tests.portal.town import OTHER_SENDER, OTHER_WARD, ROLES, SENDER, Town

PUBLIC = {"/sign-in", "/sign-in/provider", "/sign-in/returned", "/language", "/static"}
"""Open to whoever is not signed in."""
EVERYBODY = {"/", "/sign-out", "/account"}
WHOSE = {
    "/uploads": ("officer",), "/batches": ("officer",), "/template": ("officer",), "/guide": ("officer",), "/review": ("steward",),
    "/books": ("reader", "hiv"), "/operations": ("engineer",), "/accounts": ("engineer", "auditor"), "/reports": ("manager",),
    "/tasks": ("manager", "officer"), "/periods": ("manager", "officer"),
}  # fmt: skip
"""Which roles a route is for, by its first word: a route that is under none of these fails the test that names it."""
ONCE = {"connection": "close"}
"""After a fault the server ends the connection, which must not be used for the next request."""
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def routes(town: Town) -> list[tuple[str, str]]:
    """Every route of the application, as (method, path)."""
    app = create_app(town.settings)
    found = [
        (method, route.path)
        for route in app.routes
        if isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]
    app.state.database.close()
    assert len(found) > 40
    return found


@pytest.fixture(scope="module")
def others(town: Town) -> dict[str, int]:
    """Objects of the other ward: a batch, an upload; and a person who lives there."""
    [(batch_id,)] = read_rows(
        town.settings, f"select max(batch_id) from intake.batch where sender_code = '{OTHER_SENDER}'"
    )
    upload_id = steps.open_upload(town.settings, OTHER_SENDER, town.account("other_officer"), 10, None)
    [(task_id,)] = read_rows(town.settings, "select coalesce(max(task_id), 0) + 100 from quality.task")
    return {"batch_id": int(str(batch_id)), "upload_id": upload_id, "task_id": int(str(task_id)), "person_id": 103}


def owners(path: str) -> tuple[str, ...] | None:
    return WHOSE.get("/" + path.split("/")[1])


def filled(path: str, ids: dict[str, int]) -> str:
    """An address of a route, of the objects named; what is no number of ours gets some."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(ids.get(found[1], 1)), path)


def send(client: httpx.Client, method: str, path: str, **more: object) -> httpx.Response:
    return client.request(method, path, follow_redirects=False, **more)  # type: ignore[arg-type]


def test_every_route_is_known_here(routes: list[tuple[str, str]]) -> None:
    unknown = [path for _, path in routes if path not in PUBLIC | EVERYBODY and owners(path) is None]
    assert not unknown, "say in WHOSE for whom they are"


def test_whoever_is_not_signed_in_gets_to_no_route(
    enter: Doors, routes: list[tuple[str, str]], others: dict[str, int]
) -> None:
    client = enter.new()
    for method, path in routes:
        if path in PUBLIC:
            continue
        answer = send(client, method, filled(path, others))
        where = answer.headers.get("location", "")
        assert answer.status_code == 303, (method, path, answer.status_code)
        assert where.startswith("/sign-in"), (method, path)


@pytest.mark.parametrize("role", ROLES)
def test_an_account_gets_to_the_routes_of_its_roles_alone(
    enter: Doors, routes: list[tuple[str, str]], others: dict[str, int], role: str
) -> None:
    client, held = enter(role), {name for name, _ in ROLES[role]}
    for method, path in routes:
        if path in PUBLIC | EVERYBODY or held & set(owners(path) or ()):
            continue
        answer = send(client, method, filled(path, others), headers=FORM)
        assert answer.status_code == 403, (role, method, path, answer.status_code)


@pytest.mark.parametrize(
    ("role", "given"), [("officer", "{batch_id}"), ("officer", "{upload_id}"), ("officer", "{task_id}")]
)
def test_an_object_of_another_ward_is_not_there(
    enter: Doors, routes: list[tuple[str, str]], others: dict[str, int], role: str, given: str
) -> None:
    client = enter(role)
    tried = [(method, path) for method, path in routes if given in path and "officer" in (owners(path) or ())]
    for method, path in tried:
        body = {"reason": "other", "words": "x", "name": "x.csv"}
        answer = send(
            client,
            method,
            filled(path, {**others, "row_no": 2, "start": 0}),
            **({"data": body} if method == "POST" else {}),
        )
        assert answer.status_code in (404, 405, 422), (method, path, answer.status_code)
        assert answer.status_code != 422 or "form" in path or method == "POST"
        assert OTHER_SENDER not in answer.text
    own = enter("other_officer")
    assert send(own, "GET", f"/batches/{others['batch_id']}").status_code == 200, "while it is there for its sender"


def test_two_officers_see_their_own_batches_alone(enter: Doors, town: Town) -> None:
    for role, sender in (("officer", SENDER), ("other_officer", OTHER_SENDER)):
        mine = {
            row
            for (row,) in read_rows(town.settings, f"select batch_id from intake.batch where sender_code = '{sender}'")
        }
        page = enter(role).get("/batches").text
        assert {int(number) for number in re.findall(r'href="/batches/(\d+)"', page)} == mine


def test_a_file_for_another_sender_is_refused(enter: Doors) -> None:
    client = enter("officer")
    assert client.post("/uploads/parts", data={"sender_code": OTHER_SENDER, "size": 5}).status_code == 403
    brought = client.post("/uploads", data={"sender_code": OTHER_SENDER}, files={"file": ("a.csv", b"a")})
    assert brought.status_code == 403


@pytest.mark.parametrize("token", [None, "", "0" * 64, "x"])
def test_a_form_without_its_token_changes_nothing(
    enter: Doors, town: Town, routes: list[tuple[str, str]], others: dict[str, int], token: str | None
) -> None:
    before = counts(town)
    for role in ("officer", "engineer", "reader", "manager", "steward"):
        client, held = enter(role), {name for name, _ in ROLES[role]}
        for method, path in routes:
            if method == "GET" or not (path in EVERYBODY or held & set(owners(path) or ())):
                continue
            headers = {"x-csrf-token": token} if token is not None else {}
            request = client.build_request(method, filled(path, others), headers=headers)
            if token is None:
                del request.headers["x-csrf-token"]
            answer = client.send(request, follow_redirects=False)
            assert answer.status_code == 403, (role, method, path, answer.status_code)
    assert counts(town) == before


def test_a_form_from_another_site_changes_nothing(enter: Doors, town: Town) -> None:
    before = counts(town)
    for site in ("cross-site", "same-site", "none"):
        answer = enter("engineer").post(
            "/accounts", data={"user_name": "x_y", "title": "x"}, headers={"sec-fetch-site": site}
        )
        assert answer.status_code == 403
    assert counts(town) == before


def test_a_token_of_another_session_is_none(enter: Doors) -> None:
    one, other = enter("officer"), enter("other_officer")
    assert (
        one.post(
            "/language", data={"language": "vi"}, headers={"x-csrf-token": other.headers["x-csrf-token"]}
        ).status_code
        == 403
    )


def counts(town: Town) -> list[tuple[object, ...]]:
    return read_rows(
        town.settings,
        "select (select count(*) from access.account), (select count(*) from access.permission where revoked_at is null),"
        " (select count(*) from intake.upload), (select count(*) from intake.withdrawal), (select count(*) from identity.ruling),"
        " (select count(*) from quality.signature), (select count(*) from quality.task_event)",
    )


def signed_in(town: Town) -> httpx.Response:
    """The answer to whoever signs in."""
    with closing(town.client()) as client:
        data = {"user_name": town.account("nobody"), "password": town.passwords["nobody"]}
        return client.post("/sign-in", data=data, follow_redirects=False)


def test_every_answer_has_the_headers_and_every_cookie_its_marks(enter: Doors, town: Town) -> None:
    client, nobody = enter("officer"), enter.new()
    answers = [
        send(client, "GET", "/"), send(client, "GET", "/no-such-page"), send(client, "GET", "/operations"), send(nobody, "GET", "/"),
        send(client, "GET", "/static/portal.css"), send(client, "GET", "/static/../app.py"), send(client, "DELETE", "/batches"),
        send(client, "GET", "/batches/x"), send(nobody, "GET", "/sign-in"), send(client, "POST", "/language", data={"language": "vi"}),
        signed_in(town), send(client, "GET", f"/batches/{2**70}"),
    ]  # fmt: skip
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers.get(name) == value, (answer.url.path, name)
        assert "server" not in answer.headers
        assert answer.status_code < 500, answer.url.path
        kept = answer.headers["cache-control"]
        assert kept == "no-store" or answer.url.path.startswith("/static/"), answer.url.path
        for cookie in answer.headers.get_list("set-cookie"):
            assert "httponly" in cookie.lower(), cookie.split("=")[0]
            assert "samesite=lax" in cookie.lower(), cookie.split("=")[0]


def test_more_than_may_come_is_refused_unread(enter: Doors, town: Town) -> None:
    client = enter("officer")
    for path, most in (("/language", 1024**2), ("/uploads", town.settings.max_file_bytes + 1024**2)):
        request = client.build_request("POST", path, headers={"content-length": str(most + 1), **FORM})
        assert raw(town, "POST", path, {**dict(request.headers), "content-length": str(most + 1)}) == 413
        assert (
            raw(town, "POST", path, {**dict(request.headers), "transfer-encoding": "chunked"}, without="content-length")
            == 411
        )


def raw(town: Town, method: str, path: str, headers: dict[str, str], without: str = "") -> int:
    """The status of a request whose body never comes."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", town.settings.portal_port, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            if name.lower() != without:
                connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


NAMES = (
    "../../evil-x.csv",
    "..\\..\\evil-x.csv",
    "Nguyễn Văn Bí Mật 001080009999.csv",
    "<img src=x onerror=alert(1)>.csv",
)
CELLS = 'STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Địa chỉ,Cập nhật ngày\n1,<script>alert(1)</script>,05/03/2085,Nữ,,"<b>x</b>",01/09/2026\n'


@pytest.mark.parametrize("name", NAMES)
def test_a_files_name_reaches_no_path_and_no_log(enter: Doors, town: Town, name: str) -> None:
    client = enter("officer")
    whole = CELLS + f"2,Trần Thị Mẫu {NAMES.index(name)},05/03/1985,Nữ,,Số 7,01/09/2026\n"
    page = client.post("/uploads", data={"sender_code": SENDER}, files={"file": (name, whole.encode(), "text/csv")})
    assert page.status_code == 200
    upload_id = int(page.url.path.split("/")[-1])
    until = time.monotonic() + 40
    while client.get(f"/uploads/{upload_id}/state").json()["state"] == "waiting" and time.monotonic() < until:
        time.sleep(0.3)
    page = client.get(f"/uploads/{upload_id}")
    assert page.status_code == 200
    pages = [page.text, client.get(f"/uploads/{upload_id}/preview?kind=held").text]
    pages += [
        client.get(f"/uploads/{upload_id}/rules/{rule}").text for rule in set(re.findall(r"/rules/(\w+)", page.text))
    ]
    assert any("&lt;script&gt;" in text for text in pages), "a row with markup in it is shown"
    for text in pages:
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<b>x</b>" not in text
    var = town.settings.var_dir
    assert not [*var.parent.rglob("*evil*"), *var.rglob("*Bí Mật*"), *var.rglob("*img src*")]
    for log in (var / "portal").glob("*.log"):
        text = log.read_text(encoding="utf-8")
        assert "evil-x" not in text
        assert "Bí Mật" not in text
        assert "001080009999" not in text


@contextmanager
def broken_audit(town: Town) -> Iterator[None]:
    """Nothing can be written into the audit."""
    with steps.warehouse(town.settings) as connection, connection.cursor() as cursor:
        cursor.execute(
            "create function audit.broken() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;"
            " create trigger broken before insert on audit.event for each row execute function audit.broken()"
        )
    try:
        yield
    finally:
        with steps.warehouse(town.settings) as connection, connection.cursor() as cursor:
            cursor.execute("drop trigger broken on audit.event; drop function audit.broken()")


def test_without_audit_nothing_is_shown_and_nothing_changes(enter: Doors, town: Town) -> None:
    reader, officer, engineer = enter("reader"), enter("officer"), enter("engineer")
    opened = reader.post("/books", data={"number": str(PERSON), "reason": "khám"})
    assert opened.status_code == 200
    assert "Đỗ Đức Hùng" in opened.text
    [(batch_id,)] = read_rows(
        town.settings, f"select max(batch_id) from intake.batch where sender_code = '{SENDER}' and quarantined > 0"
    )
    [(row_no,)] = read_rows(
        town.settings,
        f"select min(row_no) from intake.held_row where batch_id = {batch_id} and outcome = 'quarantined'",
    )
    shown = officer.get(f"/batches/{batch_id}/rows/{row_no}")
    assert shown.status_code == 200
    before = counts(town)
    with broken_audit(town):
        for client, method, path, data in (
            (reader, "GET", f"/books/{PERSON}", None),
            (officer, "GET", f"/batches/{batch_id}/rows/{row_no}", None),
            (officer, "GET", f"/batches/{batch_id}/annotated.xlsx", None),
            (officer, "POST", f"/batches/{batch_id}/withdraw", {"reason": "other", "words": "x"}),
            (officer, "POST", "/uploads/parts", {"sender_code": SENDER, "size": "5"}),
            (engineer, "POST", "/accounts", {"user_name": f"{town.prefix}unaudited", "title": "x"}),
            (
                engineer,
                "POST",
                f"/accounts/{town.account('nobody')}/grant",
                {"role": "officer", "scope_kind": "ward", "code": OTHER_WARD},
            ),
            (engineer, "POST", f"/accounts/{town.account('nobody')}/password", {}),
        ):
            answer = send(client, method, path, headers=ONCE, **({"data": data} if data is not None else {}))
            assert answer.status_code >= 500, (method, path, answer.status_code)
            assert "Đỗ Đức Hùng" not in answer.text
            assert "Traceback" not in answer.text
            assert "broken" not in answer.text
            assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]
    assert counts(town) == before
    assert not read_rows(town.settings, f"select 1 from pg_roles where rolname = '{town.prefix}unaudited'")


def test_the_default_secret_starts_no_pages_outside_the_demonstration(town: Town) -> None:
    import os
    import subprocess
    import sys

    for secret in (None, DEMO_SECRET, "short"):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HEALTHBOOK_")}
        environment |= {"HEALTHBOOK_DEMO": "false", "HEALTHBOOK_VAR_DIR": str(town.settings.var_dir)}
        environment |= {"HEALTHBOOK_DATABASE_URL": str(town.settings.database_url)}
        if secret is not None:
            environment["HEALTHBOOK_SECRET_KEY"] = secret
        for part in ("pages", "worker", "quick_worker"):
            ended = subprocess.run(
                [sys.executable, "-m", "portal", part],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert ended.returncode == 2
            assert "HEALTHBOOK_SECRET_KEY" in ended.stderr
            assert DEMO_SECRET not in ended.stderr
            assert "Traceback" not in ended.stderr
