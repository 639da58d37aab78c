"""People whom the register does not know: their records brought together among themselves, cautiously, or by a ruling."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from etl.engines import Engine

SAME_PERSON = {
    "national_id": "national_id, key_id",
    "insurance_no": "insurance_no, key_id, birth",
    "passport_no": "passport_no, key_id",
    "birth_ward": "key_id, birth, sex, ward",
    "local_number": "sender_code, source_person_id, key_id, birth_year",
}
"""What two records must share to be one unknown person: always the name and something that a namesake lacks."""
APART = pa.schema([("record_id", pa.int64())])
TOGETHER = pa.schema([("record_id", pa.int64()), ("other_id", pa.int64())])
NOBODY = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Bonds:
    """What reviewers ruled of records among themselves.

    `apart` (`APART`) are the records that were split from a provisional person: none is brought together with another by
    what they state. `together` (`TOGETHER`) are pairs of records that were ruled to be of one person, whoever it is.
    """

    apart: pa.Table
    together: pa.Table


FREE = Bonds(APART.empty_table(), TOGETHER.empty_table())


def sql_for_edges() -> str:
    """One row per record and each other record of its group's smallest number: a star, so that edges stay linear."""
    stars = []
    for rule, columns in SAME_PERSON.items():
        known = " and ".join(f"{column} is not null" for column in columns.split(", "))
        weak = " and not is_weak_birth" if rule == "birth_ward" else ""
        stars.append(f"""select record_id, min(record_id) over (partition by {columns}) as centre_id
            from unlinked where {known}{weak} and not is_newborn and not is_apart""")
    return " union all ".join(stars)


def group_provisional(engine: Engine, bonds: Bonds = FREE) -> pa.Table:
    """The person of every record that has no match of its own: `record_id`, `person_id`.

    Reads `decision`, `record_key`, `ruling` and `sender_record` (`record_id, passport_no, sender_code, source_person_id`).
    A record that was ruled to be of one person with records of which the register knows the person goes to that person, if
    he is one alone and was not ruled out. All others get a provisional one: the smallest record number of the group,
    negated. The same records give the same person, in whatever order and batches they came.
    """
    engine.register("apart", bonds.apart)
    followed = _follow(engine, bonds.together)
    engine.register("followed", followed)
    engine.create(
        "unlinked",
        """
        select k.*, s.passport_no, s.sender_code, s.source_person_id,
            k.record_id in (select record_id from apart) as is_apart
        from record_key k join sender_record s on s.record_id = k.record_id join decision d on d.record_id = k.record_id
        where d.decision <> 'match' and k.record_id not in (select record_id from followed)""",
    )
    unlinked = engine.query("select record_id from unlinked")["record_id"].to_numpy()
    edges = engine.query(sql_for_edges())
    ids, component = components(
        np.concatenate([unlinked, edges["record_id"].to_numpy(), bonds.together["record_id"].to_numpy()]),
        np.concatenate([unlinked, edges["centre_id"].to_numpy(), bonds.together["other_id"].to_numpy()]),
    )
    is_unlinked = np.isin(
        ids, unlinked
    )  # a record that is linked, or gone, still holds two together that were ruled its own
    smallest = np.full(len(ids), NOBODY)
    np.minimum.at(smallest, component[is_unlinked], ids[is_unlinked])
    grouped = pa.table({"record_id": ids[is_unlinked], "person_id": -smallest[component[is_unlinked]]})
    return pa.concat_tables([grouped, followed])


def components(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All numbers that occur, each once, and the number of the connected component of each."""
    ids, codes = np.unique(np.concatenate([left, right]), return_inverse=True)
    if len(ids) == 0:
        return ids, codes
    from scipy.sparse import coo_array  # half a second to import
    from scipy.sparse.csgraph import connected_components

    one, other = np.split(codes, 2)
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(ids), len(ids)))
    return ids, connected_components(graph, directed=False)[1]


def _follow(engine: Engine, together: pa.Table) -> pa.Table:
    """Who has no match of his own, and whose `person_id` is that of the records that were ruled to be of his person."""
    ids, component = components(together["record_id"].to_numpy(), together["other_id"].to_numpy())
    engine.register("bound", pa.table({"record_id": pa.array(ids, pa.int64())}))
    decided = engine.query(
        "select record_id, person_id, decision from decision where record_id in (select record_id from bound)"
    ).to_pylist()
    excluded = engine.query(
        "select record_id, person_id from ruling where verdict = 'different' and record_id in (select record_id from bound)"
    ).to_pylist()
    group = dict(zip(ids.tolist(), component.tolist(), strict=True))
    known: dict[int, set[int]] = defaultdict(set)
    for row in decided:
        if row["decision"] == "match":
            known[group[row["record_id"]]].add(row["person_id"])
    ruled_out = {(row["record_id"], row["person_id"]) for row in excluded}
    followed = []
    for row in decided:
        people = known[group[row["record_id"]]]
        if row["decision"] != "match" and len(people) == 1 and (row["record_id"], *people) not in ruled_out:
            followed.append({"record_id": row["record_id"], "person_id": next(iter(people))})
    return pa.Table.from_pylist(followed, pa.schema([("record_id", pa.int64()), ("person_id", pa.int64())]))
