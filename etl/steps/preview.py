"""What sending a file would bring: each row held against what its sender's newest files say of the same person."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

from etl.contracts import PERSON_RECORD
from etl.contracts.reading import Sender
from etl.settings import Settings
from etl.steps.linkage_input import open_engine
from etl.warehouse import batches
from etl.warehouse.store import Store

KINDS = ("new", "changed", "same", "duplicate", "held")
"""A row brings somebody of whom the sender's files said nothing, says something else than they did, says the same in another
row, is a row that came before, or waits to be mended."""
FILES_LOOKED_AT = 20
"""Newest files of the same kind: a list that is sent monthly is held against more than a year."""
COMPARED = tuple(
    field.name
    for field in PERSON_RECORD.sent_fields
    if field.name not in ("as_of_date", "source_person_id", "birth_precision")
)
PREVIEW = "preview"
SCHEMA = pa.schema([
    ("row_no", pa.int32()), ("kind", pa.string()), ("is_other_ward", pa.bool_()),
    ("changed", pa.list_(pa.struct([("field", pa.string()), ("old", pa.string()), ("new", pa.string())]))),
])  # fmt: skip
WHOSE = """coalesce('c' || national_id, 'b' || insurance_no, 'm' || source_person_id,
    'n' || full_name_toneless || '|' || coalesce(birth_date::varchar, '') || '|' || coalesce(sex, ''))"""
"""By what a sender's rows are of the same person: the strongest number that the row has, else name, birth date and sex."""


def write_preview(
    settings: Settings, connection: Connection, folder: Path, sender: Sender, kind: str
) -> dict[str, int]:
    """Write `preview.parquet` (SCHEMA) beside the staged rows in `folder`; gives how many rows are of each of KINDS, and
    `other_ward`: rows of accepted or waiting people who live in another ward than the sender's."""
    earlier = [
        str(path)
        for batch_id in batches.read_standing(connection, sender.sender_code, kind, FILES_LOOKED_AT)
        if (path := Store(settings).root / f"staged/{batch_id}" / f"{PERSON_RECORD.name}.parquet").exists()
    ]
    names = ", ".join(f"{name}::varchar as {name}" for name in COMPARED)
    with open_engine(settings) as engine:
        brought = [str(folder / f"{PERSON_RECORD.name}.parquet")]
        engine.create(
            "now_said",
            f"select row_no, row_state, {WHOSE} as whose, {names} from read_parquet($paths)",
            {"paths": brought},
        )
        if earlier:
            engine.create(
                "said",
                f"""select * exclude (place) from (select {WHOSE} as whose, {names},
                    row_number() over (partition by {WHOSE} order by batch_id desc, row_no desc) as place
                from read_parquet($paths) where row_state = 'accepted') where place = 1 and whose is not null""",
                {"paths": earlier},
            )
        else:
            engine.create("said", "select * exclude (row_no, row_state) from now_said limit 0")
        preview = engine.query(_sql_for_preview(sender)).cast(SCHEMA)
    pq.write_table(preview, folder / f"{PREVIEW}.parquet", compression="zstd")
    counts = {row["values"]: row["counts"] for row in pc.value_counts(preview["kind"]).to_pylist()}
    other = pc.sum(preview["is_other_ward"], min_count=0).as_py()
    return {**{kind: counts.get(kind, 0) for kind in KINDS}, "other_ward": int(other)}


def _sql_for_preview(sender: Sender) -> str:
    changes = ", ".join(
        f"case when n.{name} is not null and n.{name} is distinct from s.{name}"
        f" then {{'field': '{name}', 'old': s.{name}, 'new': n.{name}}} end"
        for name in COMPARED
    )
    own = f"'{sender.ward_code}'" if sender.ward_code else "n.ward_code"
    return f"""
        with compared as (
            select n.row_no, n.row_state, n.ward_code is not null and n.ward_code <> {own} as is_other_ward,
                s.whose is not null as is_known,
                case when s.whose is null then [] else list_filter([{changes}], lambda x: x is not null) end as changed
            from now_said n left join said s on s.whose = n.whose)
        select row_no,
            case when row_state = 'quarantined' then 'held' when row_state = 'duplicate' then 'duplicate'
                when not is_known then 'new' when len(changed) > 0 then 'changed' else 'same' end as kind,
            is_other_ward, case when row_state = 'accepted' then changed else [] end as changed
        from compared order by row_no"""
