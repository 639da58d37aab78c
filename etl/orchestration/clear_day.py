"""Clear a whole day, so that all of it runs again: `python -m etl.orchestration.clear_day 2026-11-23`.

Airflow's own `tasks clear --start-date … --end-date …` looks at logical dates, which runs that an asset or a person
started do not have: it passes them over without a word.
"""

import sys
from collections import Counter
from datetime import date, datetime, timedelta

from etl.errors import ConfigError, HealthbookError
from etl.orchestration.client import AirflowClient
from etl.orchestration.environment import Installation, read_secrets
from etl.orchestration.watch import say
from etl.settings import HANOI, Settings, load_settings


def clear_day(client: AirflowClient, day: date) -> dict[str, int]:
    """Clear every run, of every DAG, that was due on that day in Hanoi; gives how many of each."""
    began = datetime.combine(day, datetime.min.time(), HANOI)
    runs = client.list_runs(began.isoformat(), (began + timedelta(days=1)).isoformat())
    if runs:
        client.clear_runs(runs)
    return dict(Counter(dag_id for dag_id, _ in runs))


def connect(settings: Settings) -> AirflowClient:
    """A client signed in to the Airflow of `make serve`. Raises DependencyError where it does not run."""
    installation = Installation(settings.var_dir / "airflow", "", settings.airflow_port, settings.host)
    client = AirflowClient(installation.base_url)
    client.sign_in(read_secrets(installation.home).admin_password)
    return client


def read_day(words: list[str]) -> date:
    """The one argument as a day. Raises ConfigError."""
    try:
        (word,) = words
        return date.fromisoformat(word)
    except ValueError:
        raise ConfigError("clear_day: no day; expected one like 2026-11-23. Name the day to run again.") from None


def main() -> None:
    """Clear the day that is named, and say what was cleared."""
    try:
        cleared = clear_day(connect(load_settings()), read_day(sys.argv[1:]))
    except HealthbookError as error:
        say(str(error))
        sys.exit(error.exit_code)
    say("To run again: " + (", ".join(f"{count} {dag_id}" for dag_id, count in cleared.items()) or "nothing"))


if __name__ == "__main__":
    main()
