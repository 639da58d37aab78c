"""What a steward is shown is read on his own connection, in his role; that he saw it is on record before it is given."""

import secrets
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from sqlalchemy.engine import make_url

from etl import steps
from etl.settings import Settings
from etl.warehouse.access import CITY, acting_as
from etl.warehouse.connect import open_connection
from tests.pipeline.city import read_rows
from tests.review.village import AN, DOUBLE, SURE, record_of, rule


@pytest.fixture
def reader(settings: Settings) -> Iterator[Any]:
    """A steward's own connection."""
    name, password = f"t{secrets.token_hex(6)}_steward", secrets.token_hex(16)
    url = steps.warehouse_url(settings)
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute(f"create role {name} login password '{password}'")
    steps.grant_access(settings, name, "steward", CITY, "chief")
    connection = open_connection(
        make_url(url).set(username=name, password=password).render_as_string(hide_password=False)
    )
    yield connection
    connection.close()
    with steps.warehouse(settings) as owner, owner.cursor() as cursor:
        cursor.execute(f"drop owned by {name}; drop role {name}")


def test_a_steward_reads_all_of_it_in_his_own_role(settings: Settings, reader: Any) -> None:
    """The same as the owner is given, and not a column about health more."""
    record_id = record_of(settings, SURE)
    rule(settings, DOUBLE, "cannot_tell", reason="other", note="Bà Lan")
    sample_id = int(str(steps.draw_sample(settings, 4, 1, "thu")["sample_id"]))
    for ask in (
        lambda who: steps.next_pairs(settings, "hoa", 9, who),
        lambda who: steps.rank_waiting(settings, 9, who),
        lambda who: steps.review_status(settings, who),
        lambda who: steps.show_pair(settings, "hoa", record_id, who, is_compared=True),
        lambda who: steps.show_person(settings, "hoa", AN, who),
        lambda who: steps.foretell_split(settings, "hoa", record_id, who),
        lambda who: steps.next_blind(settings, sample_id, "hoa", 1, who),
        lambda who: steps.agreement(settings, sample_id, who),
        lambda who: steps.recent_rulings(settings, "thu", 9, who),
    ):
        with acting_as(reader, "steward", CITY, "review"):
            by_steward = ask(reader)
        with steps.warehouse(settings) as owner:
            assert by_steward == ask(owner)
    assert by_steward
    with pytest.raises(psycopg2.errors.InsufficientPrivilege), acting_as(reader, "steward", CITY, "review"):
        reader.cursor().execute("select blood_group from intake.person_record")


def test_that_a_pair_was_shown_is_on_record_before_it_is_given(settings: Settings) -> None:
    record_id = record_of(settings, SURE)
    with steps.warehouse(settings) as connection:
        shown = steps.show_pair(settings, "hoa", record_id, connection)
        assert steps.show_pair(settings, "hoa", 17, connection) is None
        assert shown is not None
        events = "select action, subject from audit.event where actor = 'hoa' order by event_id"
        assert read_rows(settings, events) == [
            ("review.shown", f"record {record_id}"),
            ("review.shown", f"person {AN}"),
        ]
    assert shown["others"] == {AN: []}
    assert shown["pairs"][0]["score"] is None, "without weighing it anew, which takes seconds"
