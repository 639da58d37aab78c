"""A chain of audit entries of one's own."""

from collections.abc import Iterator

import pytest

from tests.conftest import TEMPLATE, own_database
from tests.warehouse.chains import ENTRIES, write


@pytest.fixture(scope="module")
def written(server_url: str) -> Iterator[str]:
    """A chain of some entries, only to be copied."""
    with own_database(server_url, TEMPLATE) as url:
        write(url, ENTRIES)
        yield url


@pytest.fixture
def chain(written: str, server_url: str) -> Iterator[str]:
    with own_database(server_url, written.rpartition("/")[2]) as url:
        yield url
