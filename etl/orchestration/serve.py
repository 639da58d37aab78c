"""`make serve`: Airflow on the loopback interface until Ctrl-C, with the login printed."""

import sys
import time

from etl.errors import HealthbookError
from etl.orchestration.environment import ADMIN, read_secrets
from etl.orchestration.session import airflow_session, await_ready, claim_port
from etl.orchestration.watch import say
from etl.settings import Settings, load_settings


def serve(settings: Settings) -> None:
    """Keep Airflow running. Raises DependencyError when one of its processes ends by itself."""
    with airflow_session(settings, claim_port(settings.host, settings.airflow_port)) as session:
        from etl import steps

        say(steps.prepare(settings))
        await_ready(session)
        password = read_secrets(session.installation.home).admin_password
        say(f"Airflow: {session.installation.base_url}  user {ADMIN}, password {password}")
        say(f"Inbox: {settings.inbox_dir}/<sender code>/<file>. Ctrl-C stops everything.")
        while True:
            time.sleep(1)
            session.airflow.check_alive()


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
