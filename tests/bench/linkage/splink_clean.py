"""Columns for Splink, cleaned from the raw text in DuckDB's SQL: what its guides call feature engineering."""

from pathlib import Path

import duckdb

from etl.contracts import reference
from etl.sample.spoil_names import strip_marks
from etl.sample.spoil_numbers import ELEVEN_DIGITS, PLACEHOLDERS

FOLD = "strip_accents(replace(replace(lower({0}), 'đ', 'd'), 'ð', 'd'))"
"""Small letters without marks; {0} is the text."""
WARD_KIND = r"^(phuong|xa|thi tran|p\.|x\.|tt\.) *"
# fmt: off
STREET_WORDS = (
    "", "so", "sn", "nha", "ngo", "ng", "pho", "p", "to", "t", "thon", "th", "xom", "x", "khu", "duong", "ngach", "n",
    "ch", "chung", "cu",
)
# fmt: on
"""Words of addresses that some write, some shorten and some leave out."""
COLUMNS = ("full_name", "birth_date", "sex", "national_id", "old_id", "insurance_no", "phone", "ward_code", "address")


def register_wards(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `ward_map`: one row per code of any period and per toneless name; today's meaning goes before an older one."""
    meanings: dict[str, str] = {}
    old = reference.old_wards()
    for code, ward, is_default in zip(
        *(old[name].to_pylist() for name in ("old_ward_code", "ward_code", "is_default")), strict=True
    ):
        if is_default:
            meanings.setdefault(code, ward)
    for ward in reference.wards().to_pylist():
        meanings[ward["ward_code"]] = ward["ward_code"]
        meanings[strip_marks(ward["name"].split(" ", 1)[1]).lower()] = ward["ward_code"]
    connection.execute("create table ward_map (ward_key varchar, ward varchar)")
    connection.executemany("insert into ward_map values (?, ?)", list(meanings.items()))


def clean(connection: duckdb.DuckDBPyConnection, path: str, key: str, table: str, out: Path) -> None:
    """Make `table`, one row per row of the Parquet file at `path`, whose `key` becomes `unique_id`.

    It is a view of a Parquet file at `out`: tables of ten million rows in memory would leave Splink none.
    """
    there = {name for name, *_ in connection.execute(f"describe select * from read_parquet('{path}')").fetchall()}
    raw = ", ".join(name if name in there else f"null::varchar as {name}" for name in COLUMNS)
    select = sql_for_clean(f"read_parquet({path!r})", raw, key)
    connection.execute(f"copy ({select}) to '{out}' (format parquet, compression lz4_raw)")
    connection.execute(f"create view {table} as select * from read_parquet('{out}')")


def sql_for_clean(source: str, raw: str, key: str) -> str:
    """One row per row of `source`."""
    placeholders = ", ".join(f"'{number}'" for number in PLACEHOLDERS)
    return rf"""
    with raw as (select {key} as unique_id, {raw} from {source}),
    spelled as (
        select unique_id, sex, birth_date,
            trim(replace(lower(nfc_normalize(full_name)), '  ', ' ')) as toned,
            trim(regexp_replace({FOLD.format("full_name")}, '[^a-z'']+', ' ', 'g')) as toneless,
            replace(replace(national_id, ' ', ''), '.', '') as id_text,
            regexp_replace(old_id, '[^0-9]', '', 'g') as old_text,
            right(regexp_replace(insurance_no, '[^0-9]', '', 'g'), 10) as card,
            regexp_replace(regexp_replace(phone, '[^0-9]', '', 'g'), '^84', '0') as phone_text,
            regexp_replace({FOLD.format("ward_code")}, '{WARD_KIND}', '') as ward_key,
            array_to_string(list_filter(string_split(translate({FOLD.format("address")}, '.,/-', '    '), ' '), lambda word: word not in {STREET_WORDS}), ' ') as place
        from raw),
    read as (
        select *,
            case when toneless like 'con ba %' or toneless = 'test' then null else regexp_replace(toneless, '^(chau|be) ', '') end as name_text,
            case
                when contains(birth_date, '/') then split_part(birth_date, '/', 3) || lpad(split_part(birth_date, '/', 2), 2, '0') || lpad(split_part(birth_date, '/', 1), 2, '0')
                when length(birth_date) >= 8 then left(birth_date, 8)
                else left(birth_date, 4) || '0000' end as day_text,
            case when regexp_matches(id_text, '^[0-9]{{9,12}}$') and id_text not in ({placeholders}) and not regexp_matches(id_text, '0{{8}}$') then id_text end as id_number
        from spelled)
    select unique_id,
        nullif(name_text, '') as name_key,
        regexp_replace(toned, '^(cháu|bé) ', '') as name_toned,
        split_part(name_text, ' ', 1) as family,
        split_part(name_text, ' ', -1) as given,
        case when left(day_text, 4) between '1900' and '2026' then try_cast(left(day_text, 4) as smallint) end as birth_year,
        case when left(day_text, 4) between '1900' and '2026' then try_cast(left(day_text, 4) || '-' || substr(day_text, 5, 2) || '-' || substr(day_text, 7, 2) as date) end as dob,
        day_text,
        case when sex in ('1', '2') then sex when lower(sex) = 'nam' then '1' when lower(sex) = 'nữ' then '2' end as sex,
        case when length(id_number) >= 10 then lpad(id_number, 12, '0') end as nid,
        coalesce(case when length(id_number) = 9 then id_number end, nullif(old_text, '')) as oid,
        case when length(card) = 10 then card end as card,
        case when length(phone_text) = 11 then coalesce(map_extract_value({_phone_map()}, left(phone_text, 4)), left(phone_text, 4)) || substr(phone_text, 5)
             when length(phone_text) = 10 then phone_text end as phone,
        ward, nullif(place, '') as place,
        ward || ' ' || nullif(place, '') as home
    from read left join ward_map using (ward_key)"""


def _phone_map() -> str:
    """Today's prefix for each of eleven digits, as a map."""
    pairs = ", ".join(f"'{old}': '{new}'" for new, old in ELEVEN_DIGITS.items())
    return f"map {{{pairs}}}"
