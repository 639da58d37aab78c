"""Each bad file ends as `expected.csv` says, read through the sources that officers' files go through."""

import csv
from pathlib import Path

import pytest

from etl import sources
from etl.contracts import reference
from etl.contracts.reading import Sender
from etl.errors import DataError
from etl.sample.bad import BAD_FILES, BadFile, write_bad_files

CHECKED_IN = Path(__file__).parents[2] / "data_samples" / "bad"


@pytest.mark.parametrize("bad", BAD_FILES, ids=lambda bad: bad.name)
def test_bad_file_ends_as_expected(bad: BadFile, tmp_path: Path) -> None:
    path = tmp_path / bad.name
    bad.write(path)
    row = next(row for row in reference.senders().to_pylist() if row["sender_code"] == bad.sender)
    sender = Sender(row["sender_code"], row["kind"], row["name"], row["facility_code"], row["ward_code"])
    if bad.exit_code:
        with pytest.raises(DataError) as refusal:
            list(sources.read(path, sources.recognise(path), sender))
        assert refusal.value.rule_id == bad.rule_id
    else:
        chunks = list(sources.read(path, sources.recognise(path), sender))
        assert sum(chunk.tables["person_record"].num_rows for chunk in chunks) == 1
        assert bad.rule_id in {remark.rule_id for chunk in chunks for remark in chunk.remarks}


def test_small_ones_are_checked_in_as_written(tmp_path: Path) -> None:
    for bad in write_bad_files(tmp_path, with_big=False):
        assert (tmp_path / bad.name).read_bytes() == (CHECKED_IN / bad.name).read_bytes()
    with (CHECKED_IN / "expected.csv").open(encoding="utf-8") as lines:
        assert [row["file"] for row in csv.DictReader(lines)] == [bad.name for bad in BAD_FILES]
