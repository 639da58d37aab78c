"""Splink 5 on the same files, set up as its guides advise: cleaned columns, tuned blocking, levels, name frequencies, EM.

    .venv-bench/bin/python -m tests.bench.linkage.splink_side --register R --records X --out L
        [--memory 8GB] [--threads 2] [--spill DIR]

Writes links as `healthbook link` does, `score` being Splink's match weight (log2), and prints seconds by stage as JSON.
"""

import argparse
import json
import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.comparison_level_creator import ComparisonLevelCreator

from tests.bench.linkage.splink_clean import clean, register_wards

SEED = 20261001
U_PAIRS = 1e7
EM_PAIRS = 1e6
LARGE_ROWS = 4_000_000
"""From so many records on, intermediate tables go to Parquet: faster once memory is short."""
LOWEST_WEIGHT = -8.0
"""Pairs below this weight are not kept."""
PHONE_SHARERS = 2.2
"""People who have one phone number, on average."""
CHANCE_OF_A_SLIP = 2.5e-7
"""That two people's citizen IDs differ by one slip: the same province, sex and year, 54 of a million endings."""
MODEL_VERSION = "splink-5.0.0"

BLOCKING = (
    ("nid",),
    ("oid",),
    ("card",),
    ("phone", "given"),
    ("phone", "dob"),
    ("name_key", "dob"),
    ("name_key", "birth_year", "ward"),
    ("name_key", "phone"),
    ("name_key", "home"),
    ("dob", "home"),
    ("dob", "ward", "family", "sex"),
    ("dob", "family", "given"),
)
"""Narrow rules only: each was measured, the widest makes about two pairs a record at ten million people."""


def build_settings(register_rows: int) -> SettingsCreator:
    """The model before training. Nearly every record has its person in the register: that is the prior."""
    return SettingsCreator(
        link_type="link_only",
        probability_two_random_records_match=0.97 / register_rows,
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in BLOCKING],
        comparisons=[
            compare_names(),
            compare_births(),
            cl.ExactMatch("sex"),
            compare_ids(1 / register_rows),
            compare_numbers("card", 1 / register_rows),
            compare_numbers("phone", PHONE_SHARERS / register_rows),
            compare_homes(),
        ],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )


def compare_names() -> cl.CustomComparison:
    """With marks, without, with the middle words apart, nearly alike; the frequency of the name weighs."""
    similarity = "jaro_winkler_similarity(name_key_l, name_key_r)"
    frequency = {"tf_adjustment_column": "name_key"}
    return cl.CustomComparison(
        output_column_name="name_key",
        comparison_levels=[
            cll.CustomLevel(f"{similarity} = -100 or name_key_l is null or name_key_r is null").configure(
                is_null_level=True
            ),
            cll.CustomLevel("name_toned_l = name_toned_r").configure(**frequency),
            cll.CustomLevel(
                "name_key_l = name_key_r and (name_toned_l = name_key_l or name_toned_r = name_key_r)"
            ).configure(**frequency),
            cll.CustomLevel("name_key_l = name_key_r").configure(**frequency),
            cll.CustomLevel("family_l = family_r and given_l = given_r"),
            cll.CustomLevel(f"{similarity} >= 0.94"),
            cll.CustomLevel("given_l = given_r"),
            cll.CustomLevel(f"{similarity} >= 0.86"),
            cll.ElseLevel(),
        ],
    )


def compare_births() -> cl.CustomComparison:
    """The day, 1 January apart, the year where one side knows no more, swapped day and month, one slip."""
    is_weak = "(dob_l is null or dob_r is null or right(day_text_l, 4) = '0101' or right(day_text_r, 4) = '0101')"
    swapped = (
        "substr(day_text_l, 5, 2) = substr(day_text_r, 7, 2) and substr(day_text_l, 7, 2) = substr(day_text_r, 5, 2)"
    )
    return cl.CustomComparison(
        output_column_name="birth",
        comparison_levels=[
            cll.CustomLevel("birth_year_l is null or birth_year_r is null").configure(is_null_level=True),
            cll.CustomLevel("dob_l = dob_r and right(day_text_l, 4) <> '0101'"),
            cll.CustomLevel("dob_l = dob_r"),
            cll.CustomLevel(f"birth_year_l = birth_year_r and {is_weak}"),
            cll.CustomLevel(f"birth_year_l = birth_year_r and {swapped}"),
            cll.CustomLevel(_one_slip("day_text", 4)),
            cll.CustomLevel("birth_year_l = birth_year_r"),
            cll.CustomLevel("abs(birth_year_l - birth_year_r) in (1, 2, 10)"),
            cll.ElseLevel(),
        ],
    )


def compare_ids(chance: float) -> cl.CustomComparison:
    """The same citizen or old ID; a slip in the citizen ID. `chance` is that of two people with one number."""
    return cl.CustomComparison(
        output_column_name="nid",
        comparison_levels=[
            cll.CustomLevel("(nid_l is null or nid_r is null) and (oid_l is null or oid_r is null)").configure(
                is_null_level=True
            ),
            _fix_chance(cll.CustomLevel("nid_l = nid_r or oid_l = oid_r"), chance),
            _fix_chance(cll.CustomLevel(_one_slip("nid", 6)), CHANCE_OF_A_SLIP),
            cll.ElseLevel(),
        ],
    )


def compare_numbers(column: str, chance: float) -> cl.CustomComparison:
    """The same number or another one."""
    levels = [cll.NullLevel(column), _fix_chance(cll.ExactMatchLevel(column), chance), cll.ElseLevel()]
    return cl.CustomComparison(output_column_name=column, comparison_levels=levels)


def _fix_chance(level: ComparisonLevelCreator, chance: float) -> ComparisonLevelCreator:
    """The level with a known u: at ten million people ten million random pairs show none to learn it from."""
    return level.configure(u_probability=chance, fix_u_probability=True)


def _one_slip(column: str, half: int) -> str:
    """One digit other, or two swapped; the slow distance only where one half is the same, as one slip leaves it."""
    halves = " or ".join(f"{side}({column}_l, {half}) = {side}({column}_r, {half})" for side in ("left", "right"))
    return f"({halves}) and damerau_levenshtein({column}_l, {column}_r) = 1"


def compare_homes() -> cl.CustomComparison:
    """Ward and address in one comparison, since each follows from the other; common addresses weigh less."""
    return cl.CustomComparison(
        output_column_name="home",
        comparison_levels=[
            cll.CustomLevel("(ward_l is null or ward_r is null) and (place_l is null or place_r is null)").configure(
                is_null_level=True
            ),
            cll.CustomLevel("home_l = home_r").configure(tf_adjustment_column="home"),
            cll.CustomLevel("place_l = place_r"),
            cll.CustomLevel("ward_l = ward_r and jaro_winkler_similarity(place_l, place_r) >= 0.88"),
            cll.CustomLevel("ward_l = ward_r and place_l is not null and place_r is not null"),
            cll.CustomLevel("ward_l = ward_r"),
            cll.ElseLevel(),
        ],
    )


def train(linker: Linker) -> None:
    """u from random pairs, m by EM: once among pairs with the same ID, once with the same name and birth."""
    training = linker.training
    training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=SEED)
    for columns in (("nid",), ("name_key", "dob")):
        training.estimate_parameters_using_expectation_maximisation(
            block_on(*columns), estimate_without_term_frequencies=True, max_pairs=EM_PAIRS
        )


def sql_for_links(predictions: str, records: str) -> str:
    """One row per record: its best person and the runner-up, `match` wherever there is one (thresholds are the judge's)."""
    return f"""
    with best as (
        select unique_id_r as record_id,
            max_by(struct_pack(person := unique_id_l, score := match_weight), match_weight, 2) as candidates
        from {predictions} group by 1)
    select record_id, candidates[1].person as person_id, case when b.candidates is null then 'none' else 'match' end as decision,
        candidates[1].score as score, candidates[2].person as runner_up_person_id, candidates[2].score as runner_up_score,
        'splink' as rule, '{MODEL_VERSION}' as model_version
    from (select unique_id as record_id from {records}) left join best b using (record_id)"""


class Stages:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Measure what is done inside."""
        began = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - began, 2)


def link(
    register: Path, records: Path, out: Path, memory: str, threads: int, spill: Path, model: Path | None
) -> dict[str, object]:
    """Link the records; gives seconds by stage and counts."""
    stages = Stages()
    connection = duckdb.connect(":memory:")
    connection.execute(f"set memory_limit = '{memory}'; set threads = {threads}; set temp_directory = '{spill}'")
    connection.execute("set enable_progress_bar = false")
    with stages.timed("clean"):
        register_wards(connection)
        clean(connection, str(register), "person_id", "register_clean", spill / "register_clean.parquet")
        clean(connection, str(records), "record_id", "records_clean", spill / "records_clean.parquet")
    connection.execute("set preserve_insertion_order = false")  # not before: samples by seed depend on the rows' order
    [[register_rows]] = connection.execute("select count(*) from register_clean").fetchall()
    [[record_rows]] = connection.execute("select count(*) from records_clean").fetchall()
    is_large = record_rows >= LARGE_ROWS
    api = DuckDBAPI(
        connection,
        **({"materialisation": "parquet", "materialisation_dir": str(spill / "parquet")} if is_large else {}),
    )
    tables = [
        api.register("register_clean", dataset_display_name="a_register"),
        api.register("records_clean", dataset_display_name="b_records"),
    ]
    linker = Linker(tables, build_settings(register_rows))
    with stages.timed("train"):
        train(linker)
    if model:
        linker.misc.save_model_to_json(str(model), overwrite=True)
    with stages.timed("predict"):
        predictions = linker.inference.predict(threshold_match_weight=LOWEST_WEIGHT)
    with stages.timed("pick"):
        pairs = connection.execute(f"select count(*) from {predictions.physical_name}").fetchone()
        connection.execute(
            f"copy ({sql_for_links(predictions.physical_name, 'records_clean')}) to '{out}' (format parquet, compression zstd)"
        )
    return {"seconds": stages.seconds, "records": record_rows, "kept_pairs": pairs[0] if pairs else 0}


def main() -> None:
    """Link as the command line says."""
    parser = argparse.ArgumentParser(description="Link with Splink.")
    for name in ("register", "records", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--memory", default="8GB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--spill", type=Path)
    parser.add_argument("--model", type=Path, help="where the trained model goes, JSON")
    given = parser.parse_args()
    logging.getLogger("splink").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(dir=given.spill) as folder:
        totals = link(given.register, given.records, given.out, given.memory, given.threads, Path(folder), given.model)
    print(json.dumps(totals))


if __name__ == "__main__":
    main()
