"""Write a whole invented city: register, senders' files, truth."""

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from etl.sample.district_export import write_district_export
from etl.sample.health_check import write_health_checks
from etl.sample.hospital_xml import write_hospital_xml
from etl.sample.people import DEAD, MOVED, RESIDENT, TODAY, draw_people
from etl.sample.randomness import stream
from etl.sample.register import write_register
from etl.sample.truth import Truth, write_truth
from etl.sample.ward_sheet import write_ward_sheet

VISITS_A_PERSON, WARD_ROWS_A_PERSON, DISTRICT_ROWS_A_PERSON, CHECKS_A_PERSON = 0.25, 0.6, 0.2, 0.1
DISTRICTS = ("001", "005", "008", "016", "019", "250", "268", "271", "277", "281")
"""Old districts that still send their legacy exports."""
CHECK_FACILITIES = 4
FIRST_DAY = np.datetime64("2026-06-01").astype(np.int64)
LAST_DAY = np.datetime64("2026-09-28").astype(np.int64)
CARES = (0.3, 0.6, 0.8, 1.0, 1.3, 2.0)
"""How careless senders are: their rates of error are the usual ones times this."""
ONE_PROCESS_PEOPLE = 50_000
"""Up to here a second process costs more than it brings."""
Progress = Callable[[str], None]


@dataclass(frozen=True)
class CitySummary:
    """What was written. `rows` counts the rows of senders' files by kind, `errors` the planted errors."""

    people: int
    seed: int
    rows: dict[str, int]
    files: dict[str, int]
    register_rows: int
    delta_rows: int
    errors: int
    bytes: int


@dataclass(frozen=True)
class Job:
    """The files of one sender: which persons, on which days."""

    kind: str
    code: str
    name: str
    who: np.ndarray
    day: np.ndarray


def write_city(people: int, seed: int, out: Path, progress: Progress | None = None) -> CitySummary:
    """Write a city of `people` persons under `out`: the same bytes for the same `people` and `seed`.

    Folders: `<kind>/<sender code>/`, `register/`, `truth/`, `README.md`. Files that are already there are overwritten.
    """
    say = progress or (lambda _: None)
    out.mkdir(parents=True, exist_ok=True)
    table = draw_people(people, seed)
    say(f"people: {people}")
    jobs = plan_jobs(table, seed)
    truth = []
    for job, parts in zip(jobs, _run_jobs(jobs, table, seed, out), strict=True):
        truth += parts
        say(f"{job.kind} {job.code}: {len(parts)} files")
    register_rows, delta_rows = write_register(table, seed, out)
    _, errors = write_truth(out / "truth", truth, table)
    say(f"truth: {errors} planted errors")
    rows: dict[str, int] = {}
    files: dict[str, int] = {}
    for part in truth:
        kind = part.records["path"][0].as_py().split("/")[0]
        rows[kind] = rows.get(kind, 0) + len(part.records)
        files[kind] = files.get(kind, 0) + 1
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    summary = CitySummary(people, seed, rows, files, register_rows, delta_rows, errors, size)
    (out / "README.md").write_text(_describe(summary), encoding="utf-8")
    return summary


def plan_jobs(people: pa.Table, seed: int) -> list[Job]:
    """Who stands in whose files, the largest jobs first."""
    rng = stream(seed, "plan")
    living = _living(people)
    jobs = [
        *_plan_hospitals(people, living, rng),
        *_plan_wards(people, rng),
        *_plan_districts(people, living, rng),
        *_plan_checks(people, living, rng),
    ]
    jobs = [job for job in jobs if len(job.who)]
    weight = {"hospital_xml": 5, "health_check": 3}
    return sorted(jobs, key=lambda job: (-len(job.who) * weight.get(job.kind, 2), job.kind, job.code))


def _living(people: pa.Table) -> np.ndarray:
    """Places of those who live in the city today."""
    return np.flatnonzero(people["status"].to_numpy() == RESIDENT)


def _plan_hospitals(people: pa.Table, living: np.ndarray, rng: np.random.Generator) -> Iterator[Job]:
    """Visits: the very young and the old come more often; newborns nearly all."""
    age = (TODAY - people["birth_day"].to_numpy()[living]) / 365.25
    weight = np.where(age < 0.25, 10, np.where(age < 6, 1.8, np.where(age > 60, 2.6, 1.0)))
    count = max(int(len(people) * VISITS_A_PERSON), 12)
    who = np.sort(rng.choice(living, count, p=weight / weight.sum()))
    born = people["birth_day"].to_numpy()[who]
    day = rng.integers(np.maximum(FIRST_DAY, np.minimum(born, LAST_DAY)), LAST_DAY + 1)
    day = np.where(rng.random(count) < 0.01, np.maximum(day - 200, born), day)  # a few older visits
    facilities = reference.facilities().to_pylist()
    share = 1.0 / (np.arange(len(facilities)) + 3)
    chosen = rng.choice(len(facilities), count, p=share / share.sum())
    for place, facility in enumerate(facilities):
        mask = chosen == place
        yield Job("hospital_xml", facility["facility_code"], facility["name"], who[mask], np.maximum(day, born)[mask])


def _plan_wards(people: pa.Table, rng: np.random.Generator) -> Iterator[Job]:
    """Three in five of those living in a ward, and a few who have died or moved away."""
    status = people["status"].to_numpy()
    chance = rng.random(len(people))
    listed = chance < np.select(
        [status == RESIDENT, status == MOVED, status == DEAD], [WARD_ROWS_A_PERSON * 1.03, 0.15, 0.05], default=0
    )
    code = pc.index_in(people["ward_code"], reference.wards()["ward_code"].combine_chunks()).to_numpy()
    for place, ward in enumerate(reference.wards().to_pylist()):
        there = np.flatnonzero(code == place)
        who = there[listed[there]]
        yield Job("ward_sheet", ward["ward_code"], ward["name"], who if len(who) else there[:1], np.array([]))


def _plan_districts(people: pa.Table, living: np.ndarray, rng: np.random.Generator) -> Iterator[Job]:
    """So many of the living in the districts that still send that the whole makes its share."""
    codes = np.array(people["district_code"].to_pylist())[living]
    inside = np.isin(codes, DISTRICTS)
    share = min(0.95, len(people) * DISTRICT_ROWS_A_PERSON / max(inside.sum(), 1))
    chosen = rng.random(len(living)) < share
    names = dict(zip(*(reference.districts()[name].to_pylist() for name in ("district_code", "name")), strict=True))
    for code in DISTRICTS:
        yield Job("district_export", code, names[code], living[chosen & (codes == code)], np.array([]))


def _plan_checks(people: pa.Table, living: np.ndarray, rng: np.random.Generator) -> Iterator[Job]:
    """Health checks of people from 6 years on."""
    old_enough = living[TODAY - people["birth_day"].to_numpy()[living] > 6 * 366]
    count = min(max(int(len(people) * CHECKS_A_PERSON), 12), len(old_enough))
    who = np.sort(rng.choice(old_enough, count, replace=False))
    day, chosen = rng.integers(FIRST_DAY, LAST_DAY + 1, count), rng.integers(0, CHECK_FACILITIES, count)
    for place, facility in enumerate(reference.facilities().to_pylist()[-CHECK_FACILITIES:]):
        mask = chosen == place
        yield Job("health_check", facility["facility_code"], facility["name"], who[mask], day[mask])


def write_job(job: Job, people: pa.Table, seed: int, out: Path) -> list[Truth]:
    """Write the files of one sender."""
    rng = stream(seed, job.kind, job.code)
    care = float(CARES[rng.integers(len(CARES))])
    if job.kind == "hospital_xml":
        return write_hospital_xml(people, job.code, job.who, job.day, rng, care, out)
    if job.kind == "health_check":
        return write_health_checks(people, job.code, job.name, job.who, job.day, rng, care, out)
    if job.kind == "ward_sheet":
        return write_ward_sheet(people, job.code, job.name, job.who, rng, care, out)
    return write_district_export(people, job.code, job.who, rng, care, out)


def _run_jobs(jobs: list[Job], people: pa.Table, seed: int, out: Path) -> Iterator[list[Truth]]:
    """Run all jobs, in processes of their own where that pays; results in the order of the jobs."""
    if len(people) <= ONE_PROCESS_PEOPLE:
        yield from (write_job(job, people, seed, out) for job in jobs)
        return
    with tempfile.TemporaryDirectory() as folder:
        shared = Path(folder) / "people.arrow"
        with pa.ipc.new_file(shared, people.schema) as sink:
            sink.write_table(people)
        with ProcessPoolExecutor(
            min(os.cpu_count() or 1, 4), get_context("spawn"), _open_people, (str(shared),)
        ) as pool:
            yield from pool.map(_write_shared, jobs, [seed] * len(jobs), [out] * len(jobs))


_people: list[pa.Table] = []
"""The mapped table of people, in a process of the pool."""


def _open_people(path: str) -> None:
    """Map the table of people into this process, without reading it."""
    _people.append(pa.ipc.open_file(pa.memory_map(path)).read_all())


def _write_shared(job: Job, seed: int, out: Path) -> list[Truth]:
    return write_job(job, _people[0], seed, out)


def _describe(summary: CitySummary) -> str:
    """README.md of the city."""
    lines = "\n".join(f"| {kind} | {summary.files[kind]} | {summary.rows[kind]} |" for kind in sorted(summary.rows))
    return f"""# An invented city

Everybody here is invented: names, numbers, addresses, diseases. No row describes a real person; where a number or an address
exists in the world, that is chance. Made by

    healthbook sample --people {summary.people} --seed {summary.seed} --out .

The same command gives the same bytes. The files are as senders send them (`docs/formats.md`); `truth/` is beside them and is never
loaded: `records.csv` says which person each row names (negative: not in the register), `errors.csv` which errors were planted where,
at the rates of `etl/sample/error_rates.toml`. The day on which the city is looked at is 2026-10-01.

| kind | files | rows |
|---|---|---|
{lines}
| register snapshot | 1 | {summary.register_rows} |
| register delta | 1 | {summary.delta_rows} |

Planted errors: {summary.errors}. Nationality codes of foreigners are ISO 3166 numbers; hospitals write a foreigner's passport in SO_CCCD.
"""
