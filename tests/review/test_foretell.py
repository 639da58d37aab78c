"""A split foretold is what the split then does, and nothing is done by foretelling it."""

import pytest

from etl.errors import ConfigError
from etl.settings import Settings
from tests.pipeline.city import read_rows
from tests.review.foretold import check, foretold
from tests.review.village import AN, DOUBLE, NEW, NEW_AGAIN, SURE, link_of, record_of


def test_the_only_record_takes_the_book_along(settings: Settings) -> None:
    told = check(settings, record_of(settings, SURE))
    assert told["before"] == [{"person_id": AN, "records": 1}]
    assert [book["records"] for book in told["after"]] == [0, 1]
    assert told["after"][0]["person_id"] == AN
    assert all(one["after"][0] is None for one in told["fields"])


def test_a_provisional_person_falls_apart_whichever_record_is_taken(settings: Settings) -> None:
    group = link_of(settings, NEW)[0]
    for row in (NEW, NEW_AGAIN):
        told = foretold(settings, record_of(settings, row))
        assert told["before"] == [{"person_id": group, "records": 2}]
        assert [book["records"] for book in told["after"]] == [1, 1]
        assert told["after"][-1]["person_id"] == -record_of(settings, row)
        assert not any(one["is_changed"] for one in told["fields"])
    with pytest.raises(ConfigError, match="stands alone"):
        foretold(settings, record_of(settings, DOUBLE))
    with pytest.raises(ConfigError, match="stands alone"):
        foretold(settings, 17)
    assert read_rows(settings, "select count(*) from identity.ruling") == [(0,)], "nothing was done"
