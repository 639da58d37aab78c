"""Signing in and out: by a password (Argon2id), or by a provider of OpenID Connect."""

import secrets
from typing import Annotated, Any

from authlib.common.errors import AuthlibBaseError
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from httpx import HTTPError
from starlette.concurrency import run_in_threadpool

from etl.settings import Settings
from etl.warehouse import accounts
from etl.warehouse.audit import record
from etl.warehouse.passwords import hash_password, is_password, make_password
from portal.database import Database
from portal.guard import ADDRESS_SIGN_INS, SIGN_INS, anonymous_token, cookie_name, cookie_options, hash_of
from portal.language import LANGUAGES, translatable
from portal.pages import go, own_address, render
from portal.visitor import Anyone, Refused

router = APIRouter()
NOBODYS_HASH = hash_password(make_password())
"""Compared with where there is no such account, so that it takes as long."""
WRONG = translatable(
    "The account or the password is wrong, or the account is locked for a quarter of an hour after five wrong passwords."
)


def provider(settings: Settings) -> Any:
    """The provider of OpenID Connect as a client of it; None where none is set."""
    if settings.oidc_issuer is None or settings.oidc_client_secret is None:
        return None
    from authlib.integrations.starlette_client import OAuth  # only where it is used: importing it takes time, and warns

    oauth = OAuth()
    oauth.register(
        "provider",
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        client_kwargs={"scope": "openid", "code_challenge_method": "S256"},
    )
    return oauth.provider


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/") -> Response:  # noqa: A002 - a word of the address
    """The form; its token is bound to a cookie of this browser."""
    if request.state.visitor is not None:
        return go(_own_path(next))
    return _form(request, next)


@router.post("/sign-in")
def sign_in(
    request: Request,
    user_name: Annotated[str, Form(max_length=60)],
    password: Annotated[str, Form(max_length=200)],
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Start a session for whoever knows the password; every refusal says the same."""
    address = request.client.host if request.client else ""
    limiter = request.app.state.limiter
    limiter.take(ADDRESS_SIGN_INS, address)
    limiter.take(SIGN_INS, address, user_name)
    database: Database = request.app.state.database
    with database.owner() as connection:
        account = accounts.find_account(connection, user_name)
    is_right = _is_right(account, password)
    if account is None or not is_right:
        if account is not None and not account.is_locked and not account.is_closed:
            with database.owner() as connection:
                accounts.note_wrong_password(connection, user_name)
        return _form(request, next, WRONG, 403)
    return _start(request, account.user_name, next)


def _is_right(account: accounts.Account | None, password: str) -> bool:
    usable = account is not None and not account.is_locked and not account.is_closed
    known = account.password_hash if account is not None and usable else None
    is_right = is_password(known or NOBODYS_HASH, password)
    return is_right and known is not None


@router.get("/sign-in/provider")
async def ask_provider(request: Request) -> Response:
    """On to the provider, which sends him back."""
    client = request.app.state.provider
    if client is None:
        raise Refused("Signing in through a provider is not set up.", 404)
    try:
        return await client.authorize_redirect(request, f"{own_address(request)}/sign-in/returned")  # type: ignore[no-any-return]  # Authlib's
    except (HTTPError, AuthlibBaseError):
        raise Refused("The provider does not answer. Sign in with a password, or try again later.", 503) from None


@router.get("/sign-in/returned")
async def return_from_provider(request: Request) -> Response:
    """Start a session for whom the provider names, if an account is his."""
    client = request.app.state.provider
    if client is None:
        raise Refused("Signing in through a provider is not set up.", 404)
    try:
        proved = await client.authorize_access_token(request)
    except (HTTPError, AuthlibBaseError):
        raise Refused("The provider did not say who you are. Sign in again.", 403) from None
    subject = str((proved.get("userinfo") or {}).get("sub", ""))
    return await run_in_threadpool(_start_by_subject, request, subject)


def _start_by_subject(request: Request, subject: str) -> Response:
    database: Database = request.app.state.database
    with database.owner() as connection:
        account = accounts.find_subject(connection, subject) if subject else None
        if account is None or account.is_closed:
            record(connection, "engine", "account.unknown_subject", "account nobody", {})
    if account is None or account.is_closed:
        raise Refused("No account of the portal is yours. Ask its administrator.", 403)
    return _start(request, account.user_name, "/")


@router.post("/sign-out")
def sign_out(request: Request, visitor: Anyone) -> Response:
    """End the session here and in the database."""
    with visitor.database.owner() as connection:
        accounts.end_session(connection, visitor.session_hash)
    answer = go("/sign-in")
    answer.delete_cookie(cookie_name(visitor.settings), path="/")
    return answer


@router.post("/language")
def choose_language(
    request: Request, language: Annotated[str, Form()], back: Annotated[str, Form()] = "/"
) -> RedirectResponse:
    """Show pages in another language, now and after the next sign-in."""
    if language not in LANGUAGES:
        raise Refused("There is no such language.")
    answer = go(_own_path(back))
    visitor = getattr(request.state, "visitor", None)
    if visitor is not None:
        with visitor.database.owner() as connection:
            accounts.set_language(connection, visitor.user_name, language)
    answer.set_cookie("language", language, max_age=365 * 24 * 3600, **cookie_options(request.app.state.settings))
    return answer


def _form(request: Request, back: str, wrong: str = "", status: int = 200) -> Response:
    settings: Settings = request.app.state.settings
    visit = request.cookies.get("visit") or secrets.token_urlsafe(16)
    request.cookies["visit"] = visit
    answer = render(
        request, "sign_in.html", status, token=anonymous_token(request), wrong=wrong, back=_own_path(back),
        has_provider=settings.oidc_issuer is not None,
    )  # fmt: skip
    answer.set_cookie("visit", visit, **cookie_options(settings))
    return answer


def _start(request: Request, user_name: str, back: str) -> Response:
    """A session of a token that nobody had before: what a browser brought along is worth nothing afterwards."""
    token = secrets.token_urlsafe(32)
    database: Database = request.app.state.database
    with database.owner() as connection:
        accounts.start_session(connection, user_name, hash_of(token))
    answer = go(_own_path(back))
    settings: Settings = request.app.state.settings
    answer.set_cookie(cookie_name(settings), token, **cookie_options(settings))
    return answer


def _own_path(path: str) -> str:
    """A path of ours to go to; anything that could lead elsewhere is the front page."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_own else "/"
