"""A steward's keys in a large queue: how long from a key to the next pair, and to whoever may be the same person.

`python -m tests.bench.review_pages --waiting 20000 --strangers 20000`: a real server, a real PostgreSQL, a real browser.
Namesakes born on one day stand in the register, and a list names them without numbers: each of its rows waits for a
reviewer. Another list names people whom the register does not know, each twice, with a letter that differs.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from etl import steps
from etl.contracts import reference
from etl.settings import Settings
from tests.bench.portal import FAMILIES, GIVENS, MIDDLES
from tests.pipeline.city import build, read_rows
from tests.pipeline.test_register import COLUMNS
from tests.portal.test_review import at_work, press_on
from tests.portal.town import Town, passing, running

HEADER = "STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Điện thoại,Địa chỉ,Cập nhật ngày"
NAMES = [f"{family} {middle} {given}" for family in FAMILIES for middle in MIDDLES for given in GIVENS]
ROWS_A_LIST = 10_000


def born(n: int, year: int) -> tuple[int, int, int]:
    """A birth date that goes with a name by its number: no two numbers have both in common."""
    days = n // len(NAMES)
    return year + days // 336 % 40, 1 + days // 28 % 12, 1 + days % 28


def invent_register(namesakes: int) -> Iterator[str]:
    """Two people a number, who differ in citizen ID, ward and address alone."""
    wards = reference.wards()["ward_code"].to_pylist()
    yield COLUMNS
    for n in range(namesakes):
        year, month, day = born(n, 1955)
        for place in (0, 1):
            person = 1_000_000 + 2 * n + place
            yield (
                f"{person},0010{year % 100:02}{person % 1_000_000:06},,{NAMES[n % len(NAMES)]},{year}{month:02}{day:02},1,01,"
                f"{wards[(2 * n + place) % len(wards)]},Số {n} phố Thử {place},HB{person},,,1,,20260901"
            )


def invent_waiting(count: int) -> Iterator[str]:
    """One row a number: it may be either of the two."""
    for n in range(count):
        year, month, day = born(n, 1955)
        yield f"{n},{NAMES[n % len(NAMES)]},{day:02}/{month:02}/{year},Nam,,,,20/08/2026"


def invent_strangers(count: int) -> Iterator[str]:
    """Two rows a person: another middle name, and no address the second time."""
    for n in range(count // 2):
        year, month, day = born(n, 2002)
        family, middle, given = NAMES[n % len(NAMES)].split()
        day_of = f"{day:02}/{month:02}/{year}"
        yield f"{2 * n},Quách {family} {middle} {given},{day_of},Nam,,09{n:08},Số {n} phố Lạ,20/08/2026"
        yield f"{2 * n + 1},Quách {family} {middle}h {given},{day_of},Nam,,09{n:08},,21/08/2026"


def take_in(settings: Settings, folder: Path, rows: Iterator[str], sender_code: str) -> None:
    """Lists of a ward, as many as the rows need."""
    lines = list(rows)
    for start in range(0, len(lines), ROWS_A_LIST):
        path = folder / f"{sender_code}-{start}.csv"
        path.write_text("\n".join([HEADER, *lines[start : start + ROWS_A_LIST], ""]), encoding="utf-8")
        steps.receive(settings, path, sender_code)


def timed(act: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.monotonic()
    act()
    return 1000 * (time.monotonic() - began)


def told(values: list[float]) -> dict[str, int]:
    return {"median_ms": round(median(values)), "most_ms": round(max(values)), "times": len(values)}


def decide(page: Page, town: Town, times: int) -> list[float]:
    """From the key that decides to the next pair."""
    page.goto(f"{town.base_url}/review/next")
    found = []
    for place in range(times):
        key = "ds"[place % 2]
        page.keyboard.press(key)
        found.append(timed(lambda key=key: press_on(page, key)))  # type: ignore[misc]
    return found


def join(page: Page, town: Town, records: list[int]) -> dict[str, list[float]]:
    """From a record to who may be the same, to what joining would do, and until it is done."""
    found: dict[str, list[float]] = {"alike": [], "foretold": [], "joined": []}
    for record_id in records:
        page.goto(f"{town.base_url}/review/{record_id}")
        found["alike"].append(timed(lambda: press_on(page, "g")))
        found["foretold"].append(timed(lambda: press_on(page, "1")))
        page.keyboard.press("g")
        found["joined"].append(timed(lambda: press_on(page, "g")))
    return found


def main() -> None:
    """Invent, take in, build, serve, and press keys."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--waiting", type=int, default=20_000)
    parser.add_argument("--strangers", type=int, default=20_000)
    parser.add_argument("--decisions", type=int, default=100)
    parser.add_argument("--joinings", type=int, default=10)
    asked = parser.parse_args()
    with passing() as (settings, folder):
        (folder / "register.csv").write_text("\n".join(invent_register(asked.waiting)) + "\n", encoding="utf-8")
        steps.load_register(settings, folder / "register.csv")
        take_in(settings, folder, invent_waiting(asked.waiting), "PX00070")
        take_in(settings, folder, invent_strangers(asked.strangers), "PX00008")
        build(settings)
        [(waiting,)] = read_rows(
            settings, "select count(*) from identity.link where closed_at is null and decision = 'review'"
        )
        [(unknown,)] = read_rows(
            settings, "select count(distinct person_id) from identity.link where closed_at is null and person_id < 0 and decision = 'none'"
        )  # fmt: skip
        alone = read_rows(
            settings,
            "select min(record_id) from identity.link join intake.person_record using (record_id)"
            " where closed_at is null and person_id < 0 and decision = 'none' and sender_code = 'PX00008'"
            f" group by person_id having count(*) = 1 order by 1 limit {asked.joinings}",
        )
        print(f"{waiting:,} wait for a reviewer; {unknown:,} people whom the register does not know", flush=True)
        with running(settings) as town, at_work(town) as page:
            decided = decide(page, town, asked.decisions)
            joined = join(page, town, [int(str(one)) for (one,) in alone])
    print(json.dumps({what: told(values) for what, values in {"next pair": decided, **joined}.items()}, indent=1))


if __name__ == "__main__":
    main()
