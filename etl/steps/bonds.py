"""Records that were ruled to be of one person, or not to be: whose they are, by the very rules of the next build."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from psycopg2.extensions import connection as Connection

from etl.linkage.engine import RULING
from etl.linkage.provisional import TOGETHER, Bonds, group_provisional
from etl.settings import Settings
from etl.steps.linkage_input import load_chosen, open_engine
from etl.warehouse import rulings
from etl.warehouse.store import Store

JOINED = "joined"
"""The rule of a link that follows another record's."""
DECISION = pa.schema([("record_id", pa.int64()), ("person_id", pa.int64()), ("decision", pa.string())])


def bonds_of(connection: Connection) -> Bonds:
    """What stands."""
    return Bonds(rulings.read_apart(connection), rulings.read_together(connection))


def split_off(bonds: Bonds, record_id: int) -> Bonds:
    """The bonds as they are once a record is split from its person."""
    together = bonds.together
    touches = pc.or_(pc.equal(together["record_id"], record_id), pc.equal(together["other_id"], record_id))
    alone = pa.table({"record_id": pa.array([record_id], pa.int64())})
    return Bonds(pa.concat_tables([bonds.apart, alone]), together.filter(pc.invert(touches)))


def join(bonds: Bonds, record_id: int, other_id: int) -> Bonds:
    """The bonds as they are once two records are ruled to be of one person."""
    pair = pa.Table.from_pylist([{"record_id": record_id, "other_id": other_id}], TOGETHER)
    return Bonds(bonds.apart, pa.concat_tables([bonds.together, pair]))


def part(bonds: Bonds, record_id: int, other_id: int) -> Bonds:
    """The bonds as they are once such a ruling no longer stands."""
    is_pair = pc.and_(pc.equal(bonds.together["record_id"], record_id), pc.equal(bonds.together["other_id"], other_id))
    return Bonds(bonds.apart, bonds.together.filter(pc.invert(is_pair)))


def believe(
    settings: Settings,
    connection: Connection,
    links: Mapping[int, Mapping[str, Any]],
    bonds: Bonds,
    lost_id: int | None = None,
) -> dict[int, int]:
    """Whose each record is by `bonds`, where nothing but bonds changes: of the open `links` by record, which must be all of
    the persons that they name. A record is its person's where the register knows him and it is not linked for another
    record's sake; `lost_id` is taken for one without a match."""
    matched = {
        record_id: int(link["person_id"])
        for record_id, link in links.items()
        if link["decision"] == "match" and link["rule"] != JOINED and record_id != lost_id
    }
    own = [
        {"record_id": one, "person_id": matched.get(one), "decision": "match" if one in matched else "none"}
        for one in links
    ]
    with open_engine(settings) as engine:
        load_chosen(connection, Store(settings), engine, list(links))
        engine.register("decision", pa.Table.from_pylist(own, DECISION))
        engine.register("ruling", rulings.read_rulings(connection).select(RULING.names))
        grouped = group_provisional(engine, bonds).to_pylist()
    return matched | {int(row["record_id"]): int(row["person_id"]) for row in grouped}


def relink(settings: Settings, connection: Connection, ruling_id: int, record_id: int, actor: str) -> int:
    """Let records go at once where the bonds have them; gives how many went.

    Looked at are all persons whom the rulings of the record have touched, this one included; a record that came since, and
    that only the next build would bring to one of them, waits for it.
    """
    links = rulings.read_links_of_persons(connection, rulings.read_persons_touched(connection, record_id))
    believed = believe(settings, connection, links, bonds_of(connection))
    moved = [
        rulings.Move(link["link_id"], link["decision"], person_id, *_standing(link, person_id))
        for one, link in links.items()
        if (person_id := believed[one]) != link["person_id"]
    ]
    rulings.move_links(connection, moved, ruling_id, actor)
    return len(moved)


def _standing(link: Mapping[str, Any], person_id: int) -> tuple[str, str, int | None]:
    """Decision, rule and candidate of a record's link once it goes to another person."""
    if person_id > 0:
        return "match", JOINED, person_id
    if link["person_id"] > 0:
        return "none", "reviewer", None
    return link["decision"], link["rule"], link["candidate_person_id"]
