"""Views say what they are in both languages, and constraints are told as one would write them."""

from pathlib import Path

import pytest

from etl.errors import HealthbookError
from etl.warehouse.connect import connect
from etl.warehouse.described import read_described
from etl.warehouse.migrate import SQL_DIR, migrate
from etl.warehouse.views import read_description

HEAD = "-- one row per thing\n-- mỗi dòng là một thứ\n"


def test_the_head_of_a_view_is_read() -> None:
    query = HEAD + "-- a: Một — One\n-- b: 100 % — All — really\n-- A note that is none.\nselect 1 as a, 2 as b"
    read = read_description("report.x", query)
    assert (read.vi, read.en) == ("mỗi dòng là một thứ", "one row per thing")
    assert read.columns == {"a": "Một — One", "b": "100 % — All — really"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("-- one row per thing\nselect 1 as a", "does not say what a row is"),
        (HEAD + "select 1 as a", "column a has no meaning"),
        (
            HEAD + "-- a: Một — One\nselect code as a, code as b from (values ('x')) as v (code)",
            "column b has no meaning",
        ),
    ],
)
def test_a_view_that_explains_too_little_is_refused(
    empty_database_url: str, tmp_path: Path, query: str, message: str
) -> None:
    (tmp_path / "views").mkdir()
    (tmp_path / "migrations").symlink_to(SQL_DIR / "migrations")
    (tmp_path / "views" / "report.x.sql").write_text(query)
    with pytest.raises(HealthbookError, match=message):
        migrate(empty_database_url, sql_dir=tmp_path)


def test_a_column_taken_over_keeps_its_meaning(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "views").mkdir()
    (tmp_path / "migrations").symlink_to(SQL_DIR / "migrations")
    below = "with w as (select * from reference.ward) select name as ward_name from w order by 1 limit 3"
    (tmp_path / "views" / "report.below.sql").write_text(HEAD + below)
    (tmp_path / "views" / "report.above.sql").write_text(HEAD + "select b.ward_name from report.below as b")
    migrate(empty_database_url, sql_dir=tmp_path)
    with connect(empty_database_url) as connection:
        views = {view.name: view.columns for view in read_described(connection, ["report"]).views}
    for name in ("report.above", "report.below"):
        (column,) = views[name]
        assert (column.name, column.type, column.vi, column.en) == ("ward_name", "text", "Tên", "Name with its type")


@pytest.mark.parametrize(
    ("condition", "told", "values"),
    [
        ("a in ('x', 'y')", "a in ('x', 'y')", ("x", "y")),
        ("a in ('x', 'y') or b > 0", "(a in ('x', 'y')) OR b > 0", ()),
        ("a not in ('x', '')", "a not in ('x', '')", ()),
        ("(b > 0) and (b < 9)", "b > 0 AND b < 9", ()),
        ("a ~ '^[(]'", "a ~ '^[(]'", ()),
    ],
)
def test_constraints_are_told_plainly(database_url: str, condition: str, told: str, values: tuple[str, ...]) -> None:
    with connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(f"create table report.t (a text, b integer, constraint c check ({condition}))")
        (constraint,) = read_described(connection, ["report"]).constraints
        assert (constraint.table, constraint.condition, constraint.values) == ("report.t", told, values)
        connection.rollback()
