"""The portal's workers: they check files that were brought, hand sent ones to Airflow, and give abandoned ones up.

Processes apart from the pages, so that a check never makes a page wait. What waits stands in the database: a worker that
dies loses nothing. One takes every file. The quick one takes small files alone and asks Airflow, so that nobody waits for
somebody else's large file.
"""

import os
import select
import signal
import time

import psycopg2

from etl import steps
from etl.errors import DependencyError, HealthbookError, describe_fault
from etl.orchestration.client import AirflowClient
from etl.orchestration.environment import read_secrets
from etl.orchestration.names import RECEIVE_BATCHES
from etl.settings import Settings
from etl.warehouse.connect import open_connection
from portal.folders import part_of
from portal.log import log

NICENESS = 10
"""Pages come first."""
LOOK_SECONDS = 5.0
"""Between looks where nobody calls; whoever brings or sends a file calls."""
DISPATCH_SECONDS = (2.0, 60.0)
"""Between tries to reach Airflow: doubled from the first to the second while it is away."""
TIDY_SECONDS = 3600.0
CALL = "upload"
"""What whoever brings or sends a file notifies."""


class Dispatcher:
    """Asks Airflow to take sent batches in; those for which it does not answer wait, and are asked for again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._next_at, self._pause = 0.0, DISPATCH_SECONDS[0]
        self._client: AirflowClient | None = None

    def dispatch(self) -> None:
        """One run for all that wait, where it is time to try."""
        if time.monotonic() < self._next_at:
            return
        waiting = steps.undispatched(self._settings)
        if not waiting:
            return
        upload_ids = [upload_id for upload_id, _ in waiting]
        try:
            run_id = self._signed_in().trigger(RECEIVE_BATCHES, batch_ids=sorted({batch_id for _, batch_id in waiting}))
        except (DependencyError, OSError) as error:
            self._client = None
            steps.note_dispatch(self._settings, upload_ids, None, "airflow_away")
            log.warning("portal: Airflow is away (%s); %d batches wait.", type(error).__name__, len(waiting))
            self._next_at = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, DISPATCH_SECONDS[1])
            return
        steps.note_dispatch(self._settings, upload_ids, run_id)
        self._next_at, self._pause = 0.0, DISPATCH_SECONDS[0]

    def _signed_in(self) -> AirflowClient:
        if self._client is None:
            home = self._settings.var_dir / "airflow"
            if not (home / "secrets.json").exists():
                raise DependencyError("Airflow: it was never started here; expected it to run. Start it: `make serve`.")
            client = AirflowClient(f"http://{self._settings.host}:{self._settings.airflow_port}")
            client.sign_in(read_secrets(home).admin_password)
            self._client = client
        return self._client


def work(settings: Settings, *, is_quick: bool) -> None:
    """Until SIGTERM: look when somebody calls, and now and then."""
    os.nice(NICENESS)
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    steps.prepare_checks()
    dispatcher, tidied_at = Dispatcher(settings) if is_quick else None, -TIDY_SECONDS
    calls = None
    while not stopping:
        try:
            calls = calls or _listen(settings)
            check_waiting(settings, stopping, dispatcher, is_quick=is_quick)
            if dispatcher is not None:
                dispatcher.dispatch()
            elif time.monotonic() - tidied_at > TIDY_SECONDS:
                tidy(settings)
                tidied_at = time.monotonic()
            _await_call(calls)
        except (DependencyError, psycopg2.Error, OSError) as error:
            log.warning("portal worker: %s; trying again.", type(error).__name__)
            calls = None
            time.sleep(1)


def check_waiting(
    settings: Settings,
    stopping: list[int] | None = None,
    dispatcher: Dispatcher | None = None,
    *,
    is_quick: bool = False,
) -> None:
    """Check all that waits, looking anew after each: a small file that came meanwhile goes first."""
    while not stopping and any(_check(settings, one) for one in steps.waiting_uploads(settings, is_quick=is_quick)):
        if dispatcher is not None:
            dispatcher.dispatch()


def _check(settings: Settings, upload_id: int) -> bool:
    """Whether the upload was tried here, and is not at another worker's."""
    try:
        return steps.check_upload(settings, upload_id)
    except DependencyError:
        raise
    except HealthbookError as error:
        log.error("upload %d: %s", upload_id, error)
    except Exception as error:  # a file that breaks us must not stop the others
        log.error("%s", describe_fault(f"upload {upload_id}", error))
    return True


def tidy(settings: Settings) -> None:
    """Give up what nobody sent in a month or never finished bringing."""
    for upload_id in steps.abandoned_uploads(settings):
        steps.discard_upload(settings, upload_id, "engine")
        part_of(settings, upload_id).unlink(missing_ok=True)


def _listen(settings: Settings) -> psycopg2.extensions.connection:
    connection = open_connection(steps.warehouse_url(settings))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"listen {CALL}")
    return connection


def _await_call(calls: psycopg2.extensions.connection) -> None:
    if not calls.notifies:
        select.select([calls], [], [], LOOK_SECONDS)
    calls.poll()
    calls.notifies.clear()
