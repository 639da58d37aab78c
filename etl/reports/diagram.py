"""The entity-relationship diagram as SVG: tables by schema, each reference drawn from its field to the table that it names.

Tables stand in columns. All references to one table join into one line of its own colour and pattern, which runs in the
gutters between the columns and along the top: 72 references are then nine lines to follow instead of 72. Tables of a
schema that refer to the same tables by the same fields, and to which none refers, share a frame.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from etl.contracts import TABLES, Field, Privacy, Table

WIDTH, GAP, PAD, MARGIN = 232, 14, 10, 24
"""Of a card, between cards, between a panel's edge and its cards, and around it all; in pixels."""
NAME, LINE, ROW = 19, 14, 16
"""Heights: a table's name, a line of its title, a field."""
CAPTION, LANE, RAIL, TOP = 24, 9, 15, 112
COLUMNS = 5
TITLE_LETTERS = 36
STYLES = (
    ("#0b5563", ""), ("#a8321c", "7 3"), ("#5b3a8c", ""), ("#7a5200", "2 2"), ("#17703f", ""), ("#1c5f8f", "9 3 2 3"),
    ("#8a1f5c", "4 2"), ("#4d5f68", ""), ("#3f6b00", "12 3"), ("#b04a00", "3 3"), ("#00657a", "6 2 1 2"), ("#6b2f2f", ""),
)  # fmt: skip
"""Colour and pattern of the line to each table that is referred to, in the order of the contracts."""


@dataclass
class Card:
    """One table, or several that share a frame, and where it stands."""

    tables: tuple[Table, ...]
    languages: tuple[str, ...]
    column: int = 0
    x: float = 0
    y: float = 0

    @property
    def schema(self) -> str:
        return self.tables[0].schema

    @property
    def heads(self) -> list[tuple[Table, dict[str, list[str]], float]]:
        """Each table with the lines of its title by language, and the height of its head."""
        titles = [
            {language: short_title(getattr(table, language)) for language in self.languages} for table in self.tables
        ]
        heights = [NAME + LINE * max(map(len, title.values())) + 4 for title in titles]
        return list(zip(self.tables, titles, heights, strict=True))

    @property
    def fields(self) -> list[Field]:
        """Those that are a key or a reference."""
        first = self.tables[0]
        return [field for field in first if field.name in first.key or field.references]

    @property
    def head_height(self) -> float:
        return sum(height for _, _, height in self.heads) + 4

    @property
    def height(self) -> float:
        return self.head_height + ROW * (len(self.fields) + 1) + 8

    @property
    def others(self) -> int:
        """Fields that are not shown; of a frame, of all its tables."""
        return sum(len(table.fields) for table in self.tables) - len(self.tables) * len(self.fields)

    def row_y(self, name: str) -> float:
        """The middle of a field's row."""
        place = [field.name for field in self.fields].index(name)
        return self.y + self.head_height + ROW * place + ROW / 2


@dataclass
class Panel:
    """The part of a schema that stands in one column."""

    schema: str
    x: float
    y: float
    height: float
    is_continued: bool


@dataclass
class Bus:
    """All references to one table: lanes in gutters, a rail along the top, and the ends at the cards."""

    target: str
    colour: str
    pattern: str
    paths: list[str] = field(default_factory=list)
    ends: list[tuple[float, float, bool]] = field(default_factory=list)
    """Where a reference leaves a card, and whether it may be empty."""
    joints: list[tuple[float, float]] = field(default_factory=list)
    target_at: tuple[float, float] = (0, 0)
    label_at: tuple[float, float] | None = None


@dataclass
class Diagram:
    """Everything that the template draws."""

    width: float
    height: float
    cards: list[Card]
    panels: list[Panel]
    buses: list[Bus]
    card_width: float = WIDTH


def short_title(text: str) -> list[str]:
    """A table's meaning in one line or two."""
    head = next((text.split(mark)[0] for mark in (":", ";") if mark in text and len(text.split(mark)[0]) > 6), text)
    return textwrap.wrap(head, TITLE_LETTERS, max_lines=2, placeholder=" …")


def most_private(table: Table) -> Privacy:
    """The class of the table's most private field."""
    order = list(Privacy)
    return max((field.privacy for field in table), key=order.index)


def lay_out(tables: Sequence[Table], languages: tuple[str, ...] = ("vi", "en")) -> Diagram:
    """The diagram of these tables, in their order, with room for their titles in the languages."""
    cards = list(_cards(tables, languages))
    _fill_columns(cards)
    targets = list(
        dict.fromkeys(field.references.split(".")[0] for table in tables for field in table if field.references)
    )
    ordered = [table.name for table in tables if table.name in targets]
    lanes = _lanes(cards, ordered)
    top = TOP + RAIL * len(ordered)
    x = float(MARGIN)
    for column in range(COLUMNS):
        x += LANE * len(lanes.get(column, [])) + 2 * GAP
        y = float(top)
        for _, group in groupby((card for card in cards if card.column == column), key=lambda card: card.schema):
            y += CAPTION + PAD
            for card in group:
                card.x, card.y = x + PAD, y
                y += card.height + GAP
            y += PAD
        x += WIDTH + 2 * PAD
    buses = [_bus(name, place, cards, lanes) for place, name in enumerate(ordered)]
    height = max(card.y + card.height for card in cards) + PAD + MARGIN
    return Diagram(x + MARGIN, height, cards, list(_panels(cards)), buses)


def _cards(tables: Sequence[Table], languages: tuple[str, ...]) -> Iterator[Card]:
    """One for each table, or for those of a schema that can share a frame; in the order of the schemas."""
    referred = {field.references.split(".")[0] for table in tables for field in table if field.references}
    schemas = list(dict.fromkeys(table.schema for table in tables))
    framed: dict[object, list[Table]] = {}
    for table in sorted(tables, key=lambda table: schemas.index(table.schema)):
        shown = [(field.name, field.references) for field in table if field.references]
        alike = (table.schema, table.key, *shown) if shown and table.name not in referred else table.name
        framed.setdefault(alike, []).append(table)
    for group in framed.values():
        shared = {tuple(f.name for f in table if f.name in table.key or f.references) for table in group}
        if len(shared) == 1:
            yield Card(tuple(group), languages)
        else:
            yield from (Card((table,), languages) for table in group)


def _fill_columns(cards: list[Card]) -> None:
    """Give each card its column, in order, so that the longest column is as short as it can be."""
    limit = sum(card.height + GAP for card in cards) / COLUMNS
    while _place(cards, limit) > COLUMNS:
        limit += ROW


def _place(cards: list[Card], limit: float) -> int:
    """Fill columns up to a length; how many that makes."""
    column, length = 0, 0.0
    for card in cards:
        if length and length + card.height > limit:
            column, length = column + 1, 0.0
        card.column = column
        length += card.height + GAP
    return column + 1


def _lanes(cards: list[Card], targets: list[str]) -> dict[int, list[str]]:
    """For the gutter left of each column, the tables whose lines run there, from left to right."""
    lanes: dict[int, list[str]] = {}
    for target in targets:
        for column in sorted({card.column for card, _ in _referring(cards, target)} | {_card(cards, target).column}):
            lanes.setdefault(column, []).append(target)
    return lanes


def _referring(cards: list[Card], target: str) -> Iterator[tuple[Card, Field]]:
    for card in cards:
        for shown in card.fields:
            if shown.references and shown.references.split(".")[0] == target:
                yield card, shown


def _card(cards: list[Card], name: str) -> Card:
    return next(card for card in cards if card.tables[0].name == name)


def _bus(target: str, place: int, cards: list[Card], lanes: dict[int, list[str]]) -> Bus:
    colour, pattern = STYLES[place % len(STYLES)]
    bus, goal = Bus(target, colour, pattern), _card(cards, target)
    bus.target_at = (goal.x, goal.y + NAME / 2 + 2)
    stops: dict[int, list[float]] = {goal.column: [bus.target_at[1]]}
    points = [(goal.column, *bus.target_at)]
    for card, shown in _referring(cards, target):
        y = card.row_y(shown.name)
        bus.ends.append((card.x, y, not shown.is_required and shown.name not in card.tables[0].key))
        stops.setdefault(card.column, []).append(y)
        points.append((card.column, card.x, y))
    lane_x = {column: _lane_x(cards, lanes, column, target) for column in stops}
    rail = TOP - RAIL + RAIL * place
    if len(stops) > 1:
        bus.paths.append(f"M{min(lane_x.values()):g} {rail}H{max(lane_x.values()):g}")
        bus.label_at = (min(lane_x.values()), rail)
        for column, ys in stops.items():
            ys.append(rail)
            bus.joints.append((lane_x[column], rail))
    for column, ys in stops.items():
        bus.paths.append(f"M{lane_x[column]:g} {min(ys):g}V{max(ys):g}")
    for column, x, y in points:
        bus.paths.append(f"M{lane_x[column]:g} {y:g}H{x:g}")
        bus.joints.append((lane_x[column], y))
    return bus


def _lane_x(cards: list[Card], lanes: dict[int, list[str]], column: int, target: str) -> float:
    first = next(card for card in cards if card.column == column)
    return first.x - PAD - GAP - LANE * (len(lanes[column]) - 1 - lanes[column].index(target))


def _panels(cards: list[Card]) -> Iterator[Panel]:
    seen: set[str] = set()
    for (_, schema), group in groupby(cards, key=lambda card: (card.column, card.schema)):
        held = list(group)
        top, bottom = held[0].y - PAD - CAPTION, held[-1].y + held[-1].height + PAD
        yield Panel(schema, held[0].x - PAD, top, bottom - top, schema in seen)
        seen.add(schema)


def references_in_words(tables: Sequence[Table]) -> list[tuple[str, str]]:
    """Every reference, from and to, for those who do not see the picture."""
    return [
        (
            f"{table.name}.{field.name}",
            f"{TABLES[field.references.split('.')[0]].name}.{field.references.split('.')[1]}",
        )
        for table in tables
        for field in table
        if field.references
    ]
