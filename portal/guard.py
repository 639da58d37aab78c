"""What stands before every request: who asks, whether a form is ours, how much may come, and what browsers may do."""

from hashlib import sha256
from typing import Any

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from etl.settings import Settings
from etl.warehouse import accounts
from portal.database import Database
from portal.visitor import COOKIE, TOKEN_FIELD, TOKEN_HEADER, Forbidden, Refused, Visitor, is_token, make_token

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
PLAIN_BYTES = 1024 * 1024
"""Of requests that bring no file."""
SIGN_INS = RateLimitItemPerMinute(20)
"""Of one account from one address; wrong passwords lock the account before."""
ADDRESS_SIGN_INS = RateLimitItemPerMinute(600)
UPLOADS = RateLimitItemPerMinute(60)


class Limiter:
    """How often something may be asked, counted in this process."""

    def __init__(self) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def take(self, limit: RateLimitItemPerMinute, *whose: str) -> None:
        """Raises Refused where it was asked too often."""
        if not self._windows.hit(limit, *whose):
            raise Refused("Too many attempts. Wait a minute and try again.", 429)


class Headers:
    """Adds what tells browsers to be strict; pages with somebody's data are kept by nobody's cache."""

    def __init__(self, app: ASGIApp, is_encrypted: bool) -> None:
        self._app = app
        self._headers = {**HEADERS, **({"strict-transport-security": "max-age=31536000"} if is_encrypted else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                added = {**self._headers, "cache-control": "no-store"}
                message["headers"] = [
                    *message["headers"],
                    *((n.encode(), v.encode()) for n, v in added.items() if n.encode() not in given),
                ]
            await send(message)

        await self._app(scope, receive, send_on)


class Amount:
    """Refuses a request that brings more than it may, or does not say how much, before any of it is read."""

    def __init__(self, app: ASGIApp, most_file_bytes: int) -> None:
        self._app, self._most = app, most_file_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            headers = dict(scope["headers"])
            stated = headers.get(b"content-length", b"").decode()
            most = self._most + PLAIN_BYTES if scope["path"].startswith("/uploads") else PLAIN_BYTES
            told = 411 if b"transfer-encoding" in headers else 413 if stated.isdigit() and int(stated) > most else 0
            if told:
                await send({"type": "http.response.start", "status": told, "headers": [(b"connection", b"close")]})
                await send({"type": "http.response.body", "body": b""})
                return
        await self._app(scope, receive, send)


def hash_of(token: str) -> str:
    """What the database keeps of a session."""
    return sha256(token.encode()).hexdigest()


def recognise(request: Request) -> Visitor | None:
    """The visitor of the session that the browser names, if it holds."""
    token = request.cookies.get(cookie_name(request.app.state.settings), "")
    if not token or len(token) > 100:
        return None
    database: Database = request.app.state.database
    with database.owner() as connection:
        found = accounts.find_session(connection, hash_of(token))
    if found is None:
        return None
    account, permissions = found
    held: dict[str, list[str]] = {}
    for role, part in permissions:
        held.setdefault(role, []).append(part)
    return Visitor(
        account.user_name, account.title, account.language, held, database.token("form", token), hash_of(token),
        database, request.app.state.settings,
    )  # fmt: skip


def is_encrypted(settings: Settings) -> bool:
    """Whether browsers reach the portal over https."""
    return (settings.portal_url or "").startswith("https://")


def cookie_name(settings: Settings) -> str:
    """Over https a name that browsers let no other host and no plain page set."""
    return f"__Host-{COOKIE}" if is_encrypted(settings) else COOKIE


def cookie_options(settings: Settings) -> dict[str, Any]:
    """How cookies are set."""
    return {"httponly": True, "samesite": "lax", "secure": is_encrypted(settings), "path": "/"}


def check_words(*texts: object) -> None:
    """Raises Refused for text that no database keeps and nobody types."""
    if any("\0" in text for text in texts if isinstance(text, str)):
        raise Refused("What was sent holds a character that no text has.", 422)


async def check_form(request: Request) -> None:
    """A dependency of every route: what changes something came from a page of ours, of this session."""
    check_words(*request.path_params.values(), *request.query_params.values())
    if request.method in ("GET", "HEAD"):
        return
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Forbidden
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    key = visitor.form_key if visitor else anonymous_key(request)
    brought = request.headers.get(TOKEN_HEADER)
    kind = request.headers.get("content-type", "")
    if kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        form = await request.form()
        check_words(*form.values())
        brought = str(form.get(TOKEN_FIELD, "")) if brought is None else brought
    if not is_token(brought or "", key):
        raise Refused("This form is too old, or not of this page. Load the page again and repeat it.", 403)


def anonymous_key(request: Request) -> str:
    """What proves a form of somebody who is not signed in: bound to a cookie that the page set."""
    database: Database = request.app.state.database
    return database.token("form", request.cookies.get("visit", "-"))


def anonymous_token(request: Request) -> str:
    """What the form of somebody who is not signed in brings along."""
    return make_token(anonymous_key(request))
