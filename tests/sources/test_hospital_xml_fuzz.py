"""Whatever is done to a file, it is read or refused with a rule and without a value, and nothing else comes of it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import sources
from etl.contracts.reading import Sender
from etl.errors import DataError
from etl.sample.xml_dialects import make_samples
from etl.sources.limits import Limits

SAMPLES = {sample.name: sample.content for sample in make_samples()}
CERTIFICATES = Path(__file__).parents[2] / "data_samples" / "formats" / "hospital_xml" / "certificates"
HOSPITAL = Sender("CS01929", "hospital", "", facility_code="01929")
ODD = (
    b"",
    b"<",
    b">",
    b"&",
    b"\x00",
    b"\xff\xfe",
    b"<!DOCTYPE a>",
    b"]]>",
    b"<HOSO>",
    b"</HOSO>",
    b"XML6",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"=",
    b'<?xml version="1.0" encoding="x"?>',
)
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.one_of(st.sampled_from(ODD), st.binary(max_size=6))),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize(
    "name",
    [
        "qd4750_day.xml",
        "qd4210.xml",
        "checkin.xml",
        "day.xml.gz",
        "days.zip",
        "signed.xml",
        "nested.xml",
        "outer_utf16.xml",
    ],
)
@settings(max_examples=60, deadline=None)
@given(changes=CHANGES)
def test_a_spoilt_file_is_read_or_refused(name: str, changes: list[tuple[float, int, bytes]]) -> None:
    content = SAMPLES[name]
    for share, dropped, put in changes:
        place = int(share * len(content))
        content = content[:place] + put + content[place + dropped :]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(content)
        for limits in (Limits(), Limits(certificates_dir=CERTIFICATES)):
            refusals = []
            try:
                recognition = sources.recognise(path, "hospital_xml", limits)
                chunks = list(sources.read(path, recognition, HOSPITAL, limits))
            except DataError as refusal:
                refusals.append(refusal)
            assert refusals or sum(chunk.tables["person_record"].num_rows for chunk in chunks)
            assert all(refusal.rule_id and "Nguy" not in str(refusal) for refusal in refusals)
