"""Names of people, and what is none."""

import pyarrow as pa
import pytest

from etl.standardise.names import is_newborn_name, standardise_names

GOLDEN = (
    ("NGUYỄN VĂN AN", "Nguyễn Văn An", None),
    ("nguyễn thị bình", "Nguyễn Thị Bình", None),
    ("Cháu Lê Minh Anh", "Lê Minh Anh", "title_removed"),
    ("Cháu Bế Văn Đàn", "Bế Văn Đàn", "title_removed"),
    ("Ông Nguyễn Văn Bá", "Nguyễn Văn Bá", "title_removed"),
    ("Ông Hoàng Kiên", "Ông Hoàng Kiên", None),
    ("Ông Thị Phúc", "Ông Thị Phúc", None),
    ("Anh Nguyễn Văn", "Anh Nguyễn Văn", "given_name_first"),
    ("Chu Văn An", "Chu Văn An", None),
    ("Con bà Nguyễn Thị Hoa", "Con bà Nguyễn Thị Hoa", "newborn_name"),
    ("CB Lê Thị Na", "CB Lê Thị Na", "newborn_name"),
    ("Trẻ sơ sinh", "Trẻ sơ sinh", "newborn_name"),
    ("Ng. Văn Tú", "Ng. Văn Tú", "initials_in_name"),
    ("Nguyễn V Tú", "Nguyễn V Tú", "initials_in_name"),
    ("Giàng A Páo", "Giàng A Páo", None),
    ("H'MÔNG Y ĐĂM", "H'Mông Y Đăm", None),
    ("Nguyễn Văn 1", "Nguyễn Văn 1", "digits_in_name"),
    ("TEST", None, "test_name"),
    ("Không rõ", None, "test_name"),
    ("-", None, "not_a_name"),
    ("123", None, "not_a_name"),
    (" ", None, None),
)


@pytest.mark.parametrize(("sent", "name", "note"), GOLDEN)
def test_names(sent: str, name: str | None, note: str | None) -> None:
    found = standardise_names(pa.array([sent]))
    assert (found.values[0].as_py(), found.notes[0].as_py()) == (name, note)
    assert standardise_names(found.values).values.equals(found.values)


def test_a_newborn_is_known_by_the_placeholder() -> None:
    names = pa.array(["Con bà Nguyễn Thị Hoa", "Cháu Bé", "Bế Văn Đàn", "Công Thị Bà", None])
    assert is_newborn_name(names).to_pylist() == [True, True, False, False, None]
