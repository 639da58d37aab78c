"""What linkage looks at: the same narrow columns of whole numbers for both sides, made once.

Texts that repeat (names, dates, wards) are taken out, looked at once each and joined back; numbers pass through as they
are read. What is given as `people` or `records` is text just as a source wrote it, or as the pipeline standardised it:
standardising twice changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from etl.engines import BatchFunction, Engine
from etl.linkage import name_forms, value_forms

VERSION = "v3"
"""Changes whenever standardising does: keys that were kept under another version are made anew."""
TEXT_COLUMNS = (
    "full_name",
    "birth_date",
    "sex",
    "national_id",
    "old_id",
    "insurance_no",
    "phone",
    "ward_code",
    "address",
)
"""What both sides may bring, as text; what a side lacks is null."""
RECORD_COLUMNS = ("record_id", *TEXT_COLUMNS, "as_of_date", "is_newborn_name")
PERSON_COLUMNS = ("person_id", *TEXT_COLUMNS, "status", "death_date")
DIGITS = ("national_id", "old_id", "insurance_no", "phone")
KEY_SCHEMA = pa.schema(
    [
        ("toned_id", pa.int64()),
        ("key_id", pa.int64()),
        ("given_id", pa.int64()),
        ("family_id", pa.int64()),
        ("birth", pa.int32()),
        ("birth_year", pa.int16()),
        ("birth_month", pa.int8()),
        ("birth_day", pa.int8()),
        ("sex", pa.int8()),
        ("ward", pa.int64()),
        ("is_weak_birth", pa.bool_()),
        ("day_limit", pa.int32()),
        ("national_id", pa.int64()),
        ("old_id", pa.int64()),
        ("insurance_no", pa.int64()),
        ("phone", pa.int64()),
        ("address_id", pa.int64()),
        ("street_id", pa.int64()),
        ("is_id_doubtful", pa.bool_()),
        ("is_newborn", pa.bool_()),
    ]
)
"""The columns of both sides. `day_limit` is the day (yyyymmdd) of a record's statement, or of a person's death."""


@dataclass(frozen=True)
class Profile:
    """How values become numbers: by the rules of Vietnamese data, or generic ones that presume nothing."""

    name: str
    names: BatchFunction
    wards: BatchFunction
    addresses: BatchFunction
    is_generic: bool = False


VIETNAM = Profile("vietnam", name_forms.name_forms, value_forms.ward_forms, value_forms.address_forms)
GENERIC = Profile(
    "generic",
    name_forms.generic_name_forms,
    value_forms.generic_code_forms,
    value_forms.generic_address_forms,
    is_generic=True,
)
PROFILES = {profile.name: profile for profile in (VIETNAM, GENERIC)}


def sql_for_texts(source: str, key: str, limit: str) -> str:
    """Text columns of standardised persons or records (typed as in the contracts), for `prepare_side`.

    A birth date says no more than is known of it: the year alone where its precision is the year.
    """
    same = [column for column in TEXT_COLUMNS if column != "birth_date"]
    more = "status" if key == "person_id" else "is_newborn_name"
    return f"""
    select {key}, {", ".join(same)}, {more}, cast({limit} as string) as {limit},
        case when birth_precision = 'year' then cast(year(birth_date) as string)
            when birth_precision = 'month' then concat(cast(month(birth_date) as string), '/', cast(year(birth_date) as string))
            else cast(birth_date as string) end as birth_date
    from {source}"""


def prepare_side(
    engine: Engine, source: str, target: str, key: str, profile: Profile, has: Sequence[str], known_names: str = ""
) -> None:
    """Make `target` (`key` and `KEY_SCHEMA`) and `<target>_name` (`NAME_FORM`) from the texts of `source`.

    `has` names the columns that `source` really has, `known_names` a table of names that were looked at before.
    """
    texts = {column: (column if column in has else "cast(null as string)") for column in (*TEXT_COLUMNS, "status")}
    limit = next((column for column in ("death_date", "as_of_date") if column in has), None)
    _make_names(engine, source, target, texts["full_name"], profile.names, known_names)
    day_texts = [texts["birth_date"], *([limit] if limit else [])]
    for form, columns, function, schema in (
        ("birth", day_texts, value_forms.date_forms, value_forms.DATE_FORM),
        ("sex", [texts["sex"]], value_forms.sex_forms, value_forms.CODE_FORM),
        ("ward", [texts["ward_code"]], profile.wards, value_forms.CODE_FORM),
        ("address", [texts["address"]], profile.addresses, value_forms.ADDRESS_FORM),
        ("status", [texts["status"]], value_forms.status_forms, value_forms.CODE_FORM),
    ):
        distinct = " union ".join(_sql_for_distinct(source, "sent", column) for column in columns)
        _make_forms(engine, f"{target}_{form}", distinct, function, schema)
    newborn = "coalesce(s.is_newborn_name, n.is_newborn)" if "is_newborn_name" in has else "n.is_newborn"
    sql = sql_for_joined(source, target, key, texts, limit, newborn)
    engine.stream(f"{target}_numbered", sql, numbering(key, profile), _schema(key))
    engine.create(target, f"select * from {target}_numbered")
    engine.drop(*(f"{target}_{form}" for form in ("birth", "sex", "ward", "address", "status")))


def _make_names(
    engine: Engine, source: str, target: str, column: str, function: BatchFunction, known_names: str
) -> None:
    """Make `<target>_name`: forms of the names that are new, beside those that are known."""
    distinct, name = _sql_for_distinct(source, "full_name", column), f"{target}_name"
    if not known_names:
        _make_forms(engine, name, distinct, function, name_forms.NAME_FORM)
        return
    new = f"""select d.full_name from ({distinct}) d
        where not exists (select 1 from {known_names} k where k.full_name = d.full_name)"""
    _make_forms(engine, f"{name}_new", new, function, name_forms.NAME_FORM)
    engine.create_view(name, f"select * from {name}_new union all select * from {known_names}")


def _make_forms(engine: Engine, name: str, distinct: str, function: BatchFunction, schema: pa.Schema) -> None:
    engine.stream(f"{name}_form", distinct, function, schema)
    engine.create(name, f"select * from {name}_form")


def _sql_for_distinct(source: str, name: str, column: str) -> str:
    """One row per distinct text."""
    return f"select distinct {column} as {name} from {source} where {column} is not null"


def sql_for_current(source: str) -> str:
    """One row per record key; a citizen ID that was re-issued becomes the one that its bearer has now (`former_id`)."""
    others = ", ".join(f"k.{name}" for name in ("record_id", *KEY_SCHEMA.names) if name != "national_id")
    return f"""
    select {others}, coalesce(f.current_id, k.national_id) as national_id
    from {source} k left join former_id f on f.former_id = k.national_id"""


def sql_for_joined(source: str, target: str, key: str, texts: dict[str, str], limit: str | None, newborn: str) -> str:
    """One row per row of the source: forms of what repeats, and the texts of what does not."""
    days = f"left join {target}_birth d on d.sent = s.{limit}" if limit else ""
    digits = ", ".join(f"{_of(texts[column])} as {column}" for column in DIGITS)
    return f"""
    select s.{key}, n.toned_id, n.key_id, n.given_id, n.family_id, coalesce({newborn}, false) as is_newborn, b.day_number as birth, b.year as birth_year,
        b.month as birth_month, b.day as birth_day, cast(x.code as tinyint) as sex, w.code as ward, coalesce(b.is_weak, true) as is_weak_birth,
        {"d.day_number" if limit else "cast(null as int)"} as day_limit,
        a.address_id, a.street_id, {digits}
    from {source} s
    left join {target}_name n on n.full_name = {_of(texts["full_name"])}
    left join {target}_birth b on b.sent = {_of(texts["birth_date"])}
    left join {target}_sex x on x.sent = {_of(texts["sex"])}
    left join {target}_ward w on w.sent = {_of(texts["ward_code"])}
    left join {target}_address a on a.sent = {_of(texts["address"])}
    left join {target}_status t on t.sent = {_of(texts["status"])}
    {days}
    where t.code is null or t.code <> {value_forms.STATUSES["cancelled"]}"""


def _of(text: str) -> str:
    return text if text.startswith("cast(") else f"s.{text}"


def _schema(key: str) -> pa.Schema:
    return pa.schema([pa.field(key, pa.int64()), *KEY_SCHEMA])


def numbering(key: str, profile: Profile) -> BatchFunction:
    """The function that turns the texts of a joined batch into numbers."""
    schema = _schema(key)

    def number(batch: pa.RecordBatch) -> pa.RecordBatch:
        made = _generic_numbers(batch) if profile.is_generic else _numbers(batch)
        columns = [made[field.name] if field.name in made else batch[field.name] for field in schema]
        return pa.record_batch(columns, schema=schema)

    return number


def _numbers(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    sex, year = batch["sex"], batch["birth_year"]
    national, old = value_forms.national_id_numbers(batch["national_id"], batch["old_id"], sex, year)
    return {
        "national_id": national,
        "old_id": old,
        "insurance_no": value_forms.insurance_numbers(batch["insurance_no"]),
        "phone": value_forms.phone_numbers(batch["phone"]),
        "is_id_doubtful": value_forms.is_id_doubtful(national, sex, year),
    }


def _generic_numbers(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    numbers = {column: value_forms.generic_numbers(batch[column]) for column in DIGITS}
    return {**numbers, "is_id_doubtful": pa.array(np.zeros(batch.num_rows, bool))}
