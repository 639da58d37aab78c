"""The application: every request is recognised, checked and answered in the visitor's language."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from psycopg2.errors import NumericValueOutOfRange
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.staticfiles import StaticFiles

from etl import steps
from etl.errors import ConfigError, DataError, DependencyError, HealthbookError, describe_fault
from etl.settings import Settings
from portal.database import Database
from portal.guard import HEADERS, Amount, Headers, Limiter, check_form, is_encrypted, recognise
from portal.log import log
from portal.pages import go, render, say
from portal.routes import routers
from portal.routes.sign_in import provider
from portal.visitor import Forbidden, NotSignedIn, NotThere, Refused

HERE = Path(__file__).parent
STATIC_SECONDS = 3600


def create_app(settings: Settings) -> FastAPI:
    """The portal over the database of the settings, which is brought up to date and asked no more where it is."""
    url = steps.warehouse_url(settings)
    settings = settings.model_copy(update={"database_url": url})
    database = Database(settings, url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        database.close()

    app = FastAPI(
        title="Healthbook portal", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None,
        dependencies=[Depends(check_form)],
    )  # fmt: skip
    app.state.settings, app.state.database, app.state.limiter = settings, database, Limiter()
    app.state.provider = provider(settings)
    app.middleware("http")(_with_visitor)
    app.add_middleware(Amount, most_file_bytes=settings.max_file_bytes)
    if app.state.provider is not None:  # keeps the state of a sign-in under way, and nothing else
        app.add_middleware(
            SessionMiddleware, secret_key=database.token("oidc"), session_cookie="oidc", max_age=600, same_site="lax",
            https_only=is_encrypted(settings),
        )  # fmt: skip
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    app.add_middleware(Headers, is_encrypted=is_encrypted(settings))
    for router in routers():
        app.include_router(router)
    app.mount("/static", _Static(directory=HERE / "static", packages=[("etl.reports", "scripts")]), name="static")
    _answer_faults(app)
    return app


class _Static(StaticFiles):
    """Our own styles and scripts, which browsers may keep for an hour."""

    def file_response(self, *given: object, **named: object) -> Response:
        answer = super().file_response(*given, **named)  # type: ignore[arg-type]  # as they came
        answer.headers["cache-control"] = f"public, max-age={STATIC_SECONDS}"
        return answer


async def _with_visitor(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Find out who asks, once a request; a database that is away is told as such."""
    if not request.url.path.startswith("/static/"):
        try:
            request.state.visitor = await run_in_threadpool(recognise, request)
        except DependencyError:
            request.state.visitor = None
            return _tell(request, "away.html", 503)
    return await call_next(request)


def _answer_faults(app: FastAPI) -> None:
    """What leaves a route as an exception, as a page or, for a script, as JSON. None of it holds a value."""

    @app.exception_handler(NotSignedIn)
    async def not_signed_in(request: Request, _: NotSignedIn) -> Response:
        if _wants_json(request):
            return JSONResponse({"error": say(request, "Your session has ended. Sign in again.")}, 401)
        back = request.url.path if request.method == "GET" else "/"
        return go(f"/sign-in?next={quote(back)}")

    @app.exception_handler(Forbidden)
    async def forbidden(request: Request, _: Forbidden) -> Response:
        return _tell(request, "forbidden.html", 403)

    @app.exception_handler(NotThere)
    async def not_there(request: Request, _: NotThere) -> Response:
        return _tell(request, "not_there.html", 404)

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return _tell(request, "refused.html", error.status, say(request, error.text, **error.values))

    @app.exception_handler(ConfigError)
    @app.exception_handler(DataError)
    async def not_done(request: Request, error: ConfigError) -> Response:
        return _tell(request, "refused.html", 409, str(error))

    @app.exception_handler(DependencyError)
    async def away(request: Request, error: DependencyError) -> Response:
        log.warning("%s", error)
        return _tell(request, "away.html", 503)

    @app.exception_handler(RequestValidationError)
    async def not_understood(request: Request, error: RequestValidationError) -> Response:
        names = ", ".join(sorted({str(one["loc"][-1]) for one in error.errors()}))
        return _tell(request, "refused.html", 422, say(request, "What was sent does not fit: %(names)s.", names=names))

    @app.exception_handler(HTTPException)
    async def by_http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return _tell(request, "not_there.html", 404)
        return _tell(request, "refused.html", error.status_code, say(request, "This cannot be asked in this way."))

    @app.exception_handler(HealthbookError)
    @app.exception_handler(Exception)
    async def broke(request: Request, error: Exception) -> Response:
        if isinstance(error.__context__, NumericValueOutOfRange):  # no object and no page of ours has such a number
            return _tell(request, "not_there.html", 404)
        log.error("%s", describe_fault(f"portal {request.method}", error))
        answer = _tell(request, "broke.html", 500)
        answer.headers.update(HEADERS)  # this one is made outside of what adds them
        return answer


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _tell(request: Request, name: str, status: int, text: str = "") -> Response:
    if _wants_json(request):
        return JSONResponse({"error": text or say(request, "This was not done.")}, status)
    return render(request, name, status, text=text)
