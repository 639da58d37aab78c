"""The diagram shows every table and reference, nothing lies on anything else, and it is told without colour and in words."""

import itertools

import pytest
from lxml import etree

from etl.contracts import TABLES, WAREHOUSE_TABLES, Privacy
from etl.contracts.wording import PRIVACY_WORDING
from etl.reports.diagram import STYLES, WIDTH, Diagram, lay_out, most_private, references_in_words, short_title
from etl.reports.dictionary import render_diagram

SVG = {"s": "http://www.w3.org/2000/svg"}


@pytest.fixture(scope="module", params=[("vi",), ("vi", "en")])
def diagram(request: pytest.FixtureRequest) -> Diagram:
    return lay_out(WAREHOUSE_TABLES, request.param)


def test_every_table_and_reference_is_drawn(diagram: Diagram) -> None:
    drawn = [table.name for card in diagram.cards for table in card.tables]
    assert sorted(drawn) == sorted(TABLES)
    ends = {bus.target: len(bus.ends) for bus in diagram.buses}
    shown = {}
    for card in diagram.cards:
        for field in card.fields:
            if field.references:
                target = field.references.split(".")[0]
                shown[target] = shown.get(target, 0) + 1
    assert ends == shown
    meant = sum(len([f for f in card.fields if f.references]) * len(card.tables) for card in diagram.cards)
    assert meant == len(references_in_words(WAREHOUSE_TABLES))


def test_tables_that_share_a_frame_are_alike(diagram: Diagram) -> None:
    shared = [card for card in diagram.cards if len(card.tables) > 1]
    assert shared
    for card in shared:
        assert len({table.schema for table in card.tables}) == 1
        assert (
            len({(table.key, tuple((f.name, f.references) for f in table if f.references)) for table in card.tables})
            == 1
        )


def test_nothing_lies_on_anything_else(diagram: Diagram) -> None:
    for one, other in itertools.combinations(diagram.cards, 2):
        beside = one.x + WIDTH <= other.x or other.x + WIDTH <= one.x
        above = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert beside or above, (one.tables[0].name, other.tables[0].name)
    lanes = [{x for x, _ in bus.joints} for bus in diagram.buses]
    assert all(not one & other for one, other in itertools.combinations(lanes, 2))
    assert all(x + WIDTH <= diagram.width for x in (card.x for card in diagram.cards))
    assert not any(card.x < x < card.x + WIDTH for card in diagram.cards for x in set().union(*lanes))


def test_lines_differ_by_more_than_colour_or_stand_apart() -> None:
    assert len(set(STYLES)) == len(STYLES)
    assert len({colour for colour, _ in STYLES}) == len(STYLES)


@pytest.mark.parametrize("colour", [colour for colour, _ in STYLES])
def test_names_in_the_colour_of_a_line_can_be_read(colour: str) -> None:
    linear = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in linear]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    assert 1.05 / (luminance + 0.05) >= 4.5


def test_it_is_told_in_words_and_by_signs() -> None:
    svg = etree.fromstring(render_diagram().encode())
    assert svg.get("role") == "img"
    description = svg.findtext("s:desc", namespaces=SVG)
    assert all(f"{start} → {end}" in description for start, end in references_in_words(WAREHOUSE_TABLES))
    signs = [text.text for text in svg.iterfind(".//s:text[@class='sign']", SVG)]
    for privacy, told in PRIVACY_WORDING.items():
        tables = [table for table in WAREHOUSE_TABLES if most_private(table) is privacy]
        assert signs.count(told.sign) == len(tables) + 1  # and the legend
    frames = svg.findall(".//s:rect[@class='inner']", SVG)
    personal = [table for table in WAREHOUSE_TABLES if most_private(table) is not Privacy.public]
    assert len(frames) == len(personal) + len(Privacy) - 1


def test_titles_are_short() -> None:
    for table in WAREHOUSE_TABLES:
        for text in (table.vi, table.en):
            lines = short_title(text)
            assert 1 <= len(lines) <= 2
            assert text.startswith(lines[0])
