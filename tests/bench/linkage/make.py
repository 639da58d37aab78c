"""Make data to measure linkage by: a register, records about its people, and the truth.

    python -m tests.bench.linkage.make --people 1000000 --seed 7 --out DIR
        [--maker city|other] [--errors 1.0] [--without phone,insurance_no] [--register-wrong 0.01]

Everything in it is invented. The same arguments give the same rows.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from tests.bench.linkage import city_maker, other_maker
from tests.bench.linkage.writing import make_parts, write_parts, write_together
from tests.bench.linkage.wrong_register import make_wrong

MAKERS = ("city", "other")
REGISTER, RECORDS, TRUTH = "register.parquet", "records.parquet", "truth.parquet"


@dataclass(frozen=True)
class Order:
    """What is to be made. `errors` multiplies all rates of error; `without` columns stand in neither file."""

    people: int
    seed: int = 7
    maker: str = "city"
    errors: float = 1.0
    without: tuple[str, ...] = ()
    register_wrong: float = 0.0


def make(order: Order, out: Path) -> dict[str, int]:
    """Write register, records and truth under `out`; gives their numbers of rows."""
    out.mkdir(parents=True, exist_ok=True)
    maker = city_maker if order.maker == "city" else other_maker
    city = maker.draw_city(order.people, order.seed, order.errors)
    register = _finish_register(order, maker.make_register(city))
    register_rows = write_parts(out / REGISTER, register)
    parts = make_parts(partial(maker.make_part, city), maker.count_parts(city))
    trimmed = ((leave_out(records, order.without), truth) for records, truth in parts)
    record_rows = write_together((out / RECORDS, out / TRUTH), trimmed)
    (out / "order.json").write_text(json.dumps(asdict(order)), encoding="utf-8")
    return {"register": register_rows, "records": record_rows}


def ensure(order: Order, out: Path) -> Path:
    """The folder of this order's data, made when it is not there."""
    said = out / "order.json"
    if not said.exists() or said.read_text(encoding="utf-8") != json.dumps(asdict(order)):
        make(order, out)
    return out


def _finish_register(order: Order, parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Parts of the register with its mistakes, and without what it is not to have."""
    for number, part in enumerate(parts):
        register = make_wrong(part, order.register_wrong, order.seed, number) if order.register_wrong else part
        yield leave_out(register, order.without)


def leave_out(table: pa.Table, columns: Iterable[str]) -> pa.Table:
    """The table without these columns."""
    return table.drop_columns([name for name in columns if name in table.column_names])


def parse_order(arguments: list[str]) -> tuple[Order, Path]:
    """The order and the folder that a command line states."""
    parser = argparse.ArgumentParser(description="Make linkage data.")
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--maker", choices=MAKERS, default="city")
    parser.add_argument("--errors", type=float, default=1.0)
    parser.add_argument("--without", default="", help="columns, comma-separated")
    parser.add_argument("--register-wrong", type=float, default=0.0)
    given = parser.parse_args(arguments)
    without = tuple(name for name in given.without.split(",") if name)
    return Order(given.people, given.seed, given.maker, given.errors, without, given.register_wrong), given.out


def main() -> None:
    """Make, and say how long it took."""
    order, out = parse_order(sys.argv[1:])
    began = time.perf_counter()
    rows = make(order, out)
    print(json.dumps({**rows, "seconds": round(time.perf_counter() - began, 1)}))


if __name__ == "__main__":
    main()
