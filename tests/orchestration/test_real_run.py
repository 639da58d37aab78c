"""The DAGs on a real scheduler: bad files, a lost store, a fault of ours, mending, and the whole day run again."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from etl import steps
from etl.contracts import reference
from etl.orchestration.names import DAGS
from etl.settings import Settings, load_settings
from etl.steps.remind import Reminded
from tests.notify.servers import Mailbox, mail_server
from tests.orchestration.small_city import BAD, CANARY, SmallCity, make_small_city
from tests.orchestration.story import FAULTY_SENDER, Story, Task, live_through
from tests.pipeline import city as plain

pytestmark = pytest.mark.slow
TODAY = "2026-10-01"


@dataclass(frozen=True)
class Lived:
    """The story, the city that it was about, and the settings to look around with."""

    story: Story
    city: SmallCity
    settings: Settings
    mailbox: Mailbox


@pytest.fixture(scope="module")
def lived(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder, mailbox = tmp_path_factory.mktemp("real_run"), Mailbox()
    with pytest.MonkeyPatch.context() as patch, mail_server(mailbox) as port:
        patch.setenv("HEALTHBOOK_DATABASE_URL", module_database_url)
        patch.setenv("HEALTHBOOK_VAR_DIR", str(folder / "var"))
        patch.setenv("HEALTHBOOK_TODAY", TODAY)
        recipients = folder / "recipients.yaml"
        mail = {"RECIPIENTS_FILE": recipients, "SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "SMTP_SECURITY": "none"}
        for name, value in {**mail, "MAIL_FROM": "so@example.vn"}.items():
            patch.setenv(f"HEALTHBOOK_{name}", str(value))
        city = make_small_city(folder)
        sending = {path.parent.name for path in city.good + city.bad}
        silent = next(code for code in stations() if code not in sending)
        recipients.write_text(f"{silent}: {{email: [tram@example.vn]}}\n")
        settings = load_settings(folder / "no.env")
        began = time.monotonic()
        story = live_through(settings, city)
        print(f"real run: {time.monotonic() - began:.0f} s")
        yield Lived(story, city, settings, mailbox)


def stations() -> list[str]:
    """The codes of all stations that are expected to send."""
    return [sender["sender_code"] for sender in reference.senders().to_pylist() if sender["kind"] == "ward"]


def of(tasks: tuple[Task, ...], name: str) -> list[Task]:
    """The instances of `dag.task` that ran; those of the DAG's own schedule find nothing and skip."""
    ran = (task for task in tasks if task.state not in ("skipped", "removed"))
    return [task for task in ran if f"{task.dag_id}.{task.task_id}" == name]


def states(tasks: tuple[Task, ...], name: str) -> Counter[str]:
    return Counter(task.state for task in of(tasks, name))


def test_good_files_are_in_and_bad_ones_are_refused_with_their_rule(lived: Lived) -> None:
    assert {name: (state, rule) for name, state, rule, _ in lived.story.batches} == {
        **{path.name: ("accepted", None) for path in lived.city.good},
        **{f"{CANARY} {name}": ("refused", rule) for name, rule in BAD.items()},
    }


def test_a_bad_file_is_a_green_task_and_a_fault_of_ours_stops_only_its_own(lived: Lived) -> None:
    files = len(lived.city.good) + len(lived.city.bad)
    assert states(lived.story.first, "receive_batches.take_in") == {"success": files - 1, "failed": 1}
    assert states(lived.story.first, "receive_batches.announce") == {"success": 1}
    assert states(lived.story.first, "receive_batches.outcome") == {"upstream_failed": 1}
    assert {task.state for task in of(lived.story.first, "publish_reports.report")} == {"success"}
    assert lived.story.run_states[0] == "failed"


def test_a_fault_fails_at_once_and_a_lost_store_is_tried_again(lived: Lived) -> None:
    (failed,) = [task for task in of(lived.story.first, "receive_batches.take_in") if task.state == "failed"]
    assert failed.tries == 1
    (load,) = of(lived.story.first, "load_register.load")
    assert (load.state, load.tries > 1) == ("success", True)


def test_the_mended_task_runs_again_and_its_file_is_built(lived: Lived) -> None:
    assert lived.story.run_states[1] == "success"
    assert states(lived.story.mended, "receive_batches.outcome") == {"success": 1}
    assert set(states(lived.story.mended, "receive_batches.take_in")) == {"success"}
    builds = [len(of(tasks, "build_health_books.score")) for tasks in (lived.story.first, lived.story.mended)]
    assert builds[1] == builds[0] + 1
    query = f"select count(*) from intake.person_record where sender_code = '{FAULTY_SENDER}'"
    assert plain.read_rows(lived.settings, query)[0][0]


def test_books_are_those_of_a_day_without_trouble_and_without_airflow(
    lived: Lived, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEALTHBOOK_DATABASE_URL", database_url)
    monkeypatch.setenv("HEALTHBOOK_VAR_DIR", str(tmp_path / "var"))
    settings = load_settings(tmp_path / "no.env")
    for path in lived.city.register:
        steps.load_register(settings, path)
    plain.deliver(settings, lived.city.good)
    plain.build(settings)
    assert lived.story.books
    assert lived.story.books == plain.read_books(settings)
    assert (lived.settings.reports_dir / "index.html").stat().st_size > 1000


def test_the_whole_day_again_changes_no_table(lived: Lived) -> None:
    story = lived.story
    assert set(story.cleared) == set(DAGS)
    assert states(story.again, "receive_batches.take_in") == states(story.mended, "receive_batches.take_in")
    assert min(task.tries for task in of(story.again, "receive_batches.take_in")) == 2
    assert plain.tables_that_differ(*story.digests) == {}


def test_tasks_hand_on_numbers_states_and_references_only(lived: Lived) -> None:
    words = {"accepted", "refused", "known", "loaded", "register", *plain.KINDS}
    hashes = {path.stem for path in (Path(lived.settings.store_url) / "raw").iterdir()}
    report = str(lived.settings.reports_dir / "index.html")

    def texts(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            value = [*value, *value.values()]
        if isinstance(value, list):
            for item in value:
                yield from texts(item)
        elif isinstance(value, str):
            yield value

    receipts = (steps.Receipt, steps.RegisterReceipt, Reminded)
    fields = {name for receipt in receipts for name in receipt.__dataclass_fields__}
    assert {name for name, _ in lived.story.xcoms} >= {"receive_batches.take_in", "publish_reports.report"}
    assert {text for _, value in lived.story.xcoms for text in texts(value)} <= words | hashes | fields | {report}


def test_nothing_personal_is_in_airflows_logs_or_database(lived: Lived) -> None:
    assert "no room" not in lived.story.told
    assert "RaiseException" in lived.story.told
    words = lived.city.read_words()
    assert len(words) > 100
    assert not {word for word in words if word in lived.story.told}


def test_owners_of_due_tasks_get_one_mail_although_the_day_runs_twice(lived: Lived) -> None:
    assert lived.story.reminded == "success"
    assert states(lived.story.again, "remind_tasks.remind") == {"success": 1}
    [mail] = lived.mailbox.mails
    assert mail["to"] == "tram@example.vn"
    told = dict(name for name in lived.story.xcoms if name[0] == "remind_tasks.remind")
    assert told["remind_tasks.remind"]["sent"] == 0, "the second time everybody has been told"


def test_a_file_sent_in_the_portal_waits_for_airflow_and_is_taken_in_once_it_is_back(lived: Lived) -> None:
    assert lived.story.sent.waited == (True, "airflow_away", True, "waiting")
    assert lived.story.sent.ended == ("accepted", 2, None)
    assert lived.story.sent.is_run
