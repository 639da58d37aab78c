"""`make serve`: Airflow and the portal on the loopback interface until Ctrl-C, with their logins printed."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import httpx

from etl.errors import DependencyError, HealthbookError
from etl.orchestration.environment import ADMIN, PROJECT, read_secrets
from etl.orchestration.processes import end_group, wait_until
from etl.orchestration.session import airflow_session, await_ready, claim_port
from etl.orchestration.watch import say
from etl.settings import Settings, load_settings
from portal.invented import make_accounts

PORTAL, START_SECONDS, GRACE_SECONDS = ("pages", "worker", "quick_worker"), 60.0, 10.0


def serve(settings: Settings) -> None:
    """Keep Airflow and the portal running. Raises DependencyError when one of their processes ends by itself."""
    portal_port = claim_port(settings.host, settings.portal_port)
    with airflow_session(settings, claim_port(settings.host, settings.airflow_port)) as session, ExitStack() as stack:
        from etl import steps

        say(steps.prepare(settings))
        await_ready(session)
        password = read_secrets(session.installation.home).admin_password
        portal = stack.enter_context(running_portal(settings))
        say(f"Airflow: {session.installation.base_url}  user {ADMIN}, password {password}")
        say(f"Portal: http://{settings.host}:{portal_port}")
        if settings.demo:
            for user_name, secret in make_accounts(settings).items():
                say(f"  invented account {user_name}, password {secret}")
        say(f"Inbox: {settings.inbox_dir}/<sender code>/<file>. Ctrl-C stops everything.")
        while True:
            time.sleep(1)
            session.airflow.check_alive()
            for name, child in portal.items():
                if (code := child.poll()) is not None:
                    raise DependencyError(
                        f"portal's {name}: ended with code {code}; expected it to run. "
                        f"Read {settings.var_dir / 'portal' / f'{name}.log'}."
                    )


def is_answering(settings: Settings) -> bool:
    """Whether the pages come."""
    try:
        return httpx.get(f"http://{settings.host}:{settings.portal_port}/sign-in", trust_env=False).is_success
    except httpx.HTTPError:
        return False


@contextmanager
def running_portal(
    settings: Settings, parts: Sequence[str] = PORTAL, environment: Mapping[str, str] | None = None
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The portal's processes as children, answering, which are ended with the block."""
    logs = settings.var_dir / "portal"
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    children = {}
    try:
        for name in parts:
            with (logs / f"{name}.log").open("wb") as log:
                children[name] = subprocess.Popen(
                    [sys.executable, "-m", "portal", name, str(os.getpid())],
                    cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                )  # fmt: skip
        if "pages" in parts:
            wait_until(lambda: is_answering(settings), START_SECONDS, "the portal's pages")
        yield children
    finally:
        for child in children.values():
            end_group(child, GRACE_SECONDS)


def main() -> None:
    """Serve; Ctrl-C is the normal end."""
    try:
        serve(load_settings())
    except HealthbookError as error:
        say(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("Stopped.")


if __name__ == "__main__":
    main()
