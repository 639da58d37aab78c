"""What the database itself says of its schemas, constraints and views: the part of the dictionary that contracts lack."""

import re
from dataclasses import dataclass

import psycopg2.extensions

CONSTRAINTS = """
select conrelid::regclass::text, conname, pg_get_constraintdef(c.oid, true), array(
    select attname::text from unnest(conkey) with ordinality as k (number, place)
    inner join pg_attribute on attrelid = conrelid and attnum = number order by place
)
from pg_constraint as c
where contype in ('c', 'u') and connamespace::regnamespace::text = any(%s) and coninhcount = 0
order by conrelid::regclass::text, conname"""
COLUMNS = """
select c.oid::regclass::text, obj_description(c.oid), a.attname, format_type(a.atttypid, a.atttypmod),
    col_description(c.oid, a.attnum)
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind = 'v' and c.relnamespace::regnamespace::text = %s
order by c.relname, a.attnum"""
LIST = re.compile(r"(?P<column>\w+) = ANY \(ARRAY\[(?P<values>[^\]]*)\]\)")
NOT_IN = re.compile(r"<> ALL \(ARRAY\[([^\]]*)\]\)")
CAST = re.compile(r"::(?:text|date|bigint|integer|double precision)(?:\[\])?")


@dataclass(frozen=True)
class Constraint:
    """A condition that the database holds a table to; `values` where it lists what one column may hold."""

    table: str
    name: str
    columns: tuple[str, ...]
    condition: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class ViewColumn:
    """A column of a view."""

    name: str
    type: str
    vi: str
    en: str


@dataclass(frozen=True)
class View:
    """A view with its columns."""

    name: str
    vi: str
    en: str
    columns: tuple[ViewColumn, ...]


@dataclass(frozen=True)
class Described:
    """Schemas with their meaning in both languages, constraints, and what analysts may read."""

    schemas: dict[str, tuple[str, str]]
    constraints: tuple[Constraint, ...]
    views: tuple[View, ...]


def read_described(connection: psycopg2.extensions.connection, schemas: list[str]) -> Described:
    """What stands in the database, in a fixed order."""
    with connection.cursor() as cursor:
        cursor.execute("select nspname, obj_description(oid) from pg_namespace where nspname = any(%s)", (schemas,))
        comments = {name: _both(comment) for name, comment in cursor.fetchall()}
        cursor.execute(CONSTRAINTS, (schemas,))
        constraints = tuple(_constraint(*row) for row in cursor.fetchall())
        cursor.execute(COLUMNS, ("report",))
        views: dict[tuple[str, str], list[ViewColumn]] = {}
        for view, comment, name, type_, text in cursor.fetchall():
            views.setdefault((view, comment), []).append(ViewColumn(name, type_, *_both(text)))
    shown = tuple(View(name, *_both(comment), tuple(columns)) for (name, comment), columns in views.items())
    return Described({name: comments[name] for name in schemas}, constraints, shown)


def _both(comment: str) -> tuple[str, str]:
    """A comment's Vietnamese and English halves."""
    vi, _, en = comment.partition(" — ")
    return vi, en


def _constraint(table: str, name: str, definition: str, columns: list[str]) -> Constraint:
    """A constraint as one would write it by hand, without what PostgreSQL adds."""
    text = " ".join(CAST.sub("", definition).split())
    found = LIST.search(text)
    values = tuple(value.strip().strip("'") for value in found["values"].split(",")) if found else ()
    text = LIST.sub(lambda match: f"{match['column']} in ({match['values']})", text)
    text = NOT_IN.sub(r"not in (\1)", text)
    if text.startswith("CHECK "):
        text = text.removeprefix("CHECK (").removesuffix(")")
    is_list = len(columns) == 1 and found is not None and text == f"{columns[0]} in ({found['values']})"
    return Constraint(table, name, tuple(columns), text, values if is_list else ())
