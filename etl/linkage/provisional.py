"""People whom the register does not know: their records brought together among themselves, cautiously."""

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


def sql_for_edges() -> str:
    """One row per record and each other record of its group's smallest number: a star, so that edges stay linear."""
    stars = []
    for rule, columns in SAME_PERSON.items():
        known = " and ".join(f"{column} is not null" for column in columns.split(", "))
        weak = " and not is_weak_birth" if rule == "birth_ward" else ""
        stars.append(f"""select record_id, min(record_id) over (partition by {columns}) as centre_id
            from unlinked where {known}{weak} and not is_newborn and not is_apart""")
    return " union all ".join(stars)


APART = pa.schema([("record_id", pa.int64())])


def group_provisional(engine: Engine, apart: pa.Table | None = None) -> pa.Table:
    """The provisional person of every record that has no match: `record_id`, `person_id` (negative).

    `sender_record` has `record_id, passport_no, sender_code, source_person_id`. The number is the smallest record number
    of the group, negated: the same records give the same person, in whatever order and batches they came. `apart`
    (`APART`) names records that a reviewer split from such a group: each is a person of its own.
    """
    engine.register("apart", APART.empty_table() if apart is None else apart)
    engine.create(
        "unlinked",
        """
        select k.*, s.passport_no, s.sender_code, s.source_person_id,
            k.record_id in (select record_id from apart) as is_apart
        from record_key k join sender_record s on s.record_id = k.record_id join decision d on d.record_id = k.record_id
        where d.decision <> 'match'""",
    )
    edges = engine.query(f"""
        select record_id, centre_id from ({sql_for_edges()}) union all select record_id, record_id from unlinked""")
    ids, codes = np.unique(
        np.concatenate([edges["record_id"].to_numpy(), edges["centre_id"].to_numpy()]), return_inverse=True
    )
    if len(ids) == 0:
        return pa.table({"record_id": pa.array([], pa.int64()), "person_id": pa.array([], pa.int64())})
    from scipy.sparse import coo_array  # half a second to import
    from scipy.sparse.csgraph import connected_components

    left, right = np.split(codes, 2)
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(len(ids), len(ids)))
    _, component = connected_components(graph, directed=False)
    smallest = np.full(component.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, component, ids)
    return pa.table({"record_id": ids, "person_id": -smallest[component]})
