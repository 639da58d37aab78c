"""The register's forms that are kept beside the code: written by the generator, read back equal, loaded in any order."""

from itertools import islice, permutations
from pathlib import Path

import pytest

from etl import sources, steps
from etl.contracts import REGISTER_IDENTIFIER, REGISTER_PERSON
from etl.contracts.reading import Sender
from etl.sample.register import write_register_forms
from etl.settings import Settings
from tests.pipeline.city import CITY, read_opened, read_rows

FORMS = CITY / "formats" / "register"
SENDER = Sender("DC01", "register", "Dân cư")
FIELDS = [
    "person_id",
    "national_id",
    "old_id",
    "full_name",
    "birth_date",
    "sex",
    "ethnic_code",
    "ward_code",
    "address",
    "household_id",
    "insurance_no",
    "phone",
    "status",
    "death_date",
    "as_of_date",
    "change_kind",
    "changed_on",
    "previous_national_id",
    "merged_person_id",
]
EXPECTED = [
    (1, "Nguyễn Văn Mậu", "resident", "001080000101"),
    (2, "Trần Thị Mẫu", "resident", "001185000777"),
    (3, "Lê Minh Thử", "resident", "001190000103"),
    (4, "Phạm Tiến Thử", "deceased", "001070000104"),
    (5, "Vũ Thu Thử", "moved_away", "001195000105"),
    (6, "Lê Minh Thử", "resident", "001190000106"),
    (7, "Hoàng Gia Mẫu", "resident", None),
    (8, "Đỗ Thị Thử", "cancelled", "001188000108"),
]


def test_the_forms_are_those_that_the_generator_writes(tmp_path: Path) -> None:
    written = write_register_forms(tmp_path)
    assert [path.name for path in written] == sorted(path.name for path in FORMS.iterdir())
    assert [path.read_bytes() for path in written] == [(FORMS / path.name).read_bytes() for path in written]


@pytest.mark.parametrize("path", sorted(FORMS.iterdir()), ids=lambda path: path.stem)
def test_a_form_is_read_back_equal(path: Path) -> None:
    recognition = sources.recognise(path)
    assert recognition.kind == "register"
    [chunk] = sources.read(path, recognition, SENDER)
    table = chunk.tables["register_person"]
    written = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    sent = [tuple(cell or None for cell in row) for row in written]
    read = list(zip(*(table[name].to_pylist() for name in FIELDS[: len(written[0])]), strict=True))
    assert read == sent


def test_the_forms_make_one_register_in_any_order(empty_settings: Settings) -> None:
    snapshot, *rest = sorted(FORMS.iterdir())
    for path in (snapshot, *rest):
        steps.load_register(empty_settings, path)
    select = "select person_id, full_name, status, national_id from identity.register_person order by 1"
    assert read_opened(empty_settings, REGISTER_PERSON, select) == EXPECTED
    history = (
        "select national_id, is_active, person_id from identity.register_identifier where person_id = 2 order by 2"
    )
    numbers = read_opened(empty_settings, REGISTER_IDENTIFIER, history)
    assert numbers == [("001185000102", False, 2), ("001185000777", True, 2)]
    assert read_rows(empty_settings, "select * from identity.merged_person") == []


@pytest.mark.parametrize("order", list(islice(permutations(range(1, 5)), 5, 24, 6)))
def test_whatever_comes_first_the_register_is_the_same(
    empty_settings: Settings, tmp_path: Path, order: tuple[int, ...]
) -> None:
    files = sorted(FORMS.iterdir())
    for place, number in enumerate((0, *order, *order)):
        copy = tmp_path / f"{place}.csv"
        copy.write_bytes(files[number].read_bytes() + b"\n" * place)
        steps.load_register(empty_settings, copy, "tester")
    select = "select person_id, full_name, status, national_id from identity.register_person order by 1"
    assert read_opened(empty_settings, REGISTER_PERSON, select) == EXPECTED
