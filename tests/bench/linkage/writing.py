"""Write tables that are made part by part in forked processes, in order, without holding them all."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 122_880
"""DuckDB's own size of row groups."""
PROCESSES = 2
WAITING = 4
"""Parts that may lie finished or in work at once: this bounds memory."""


def write_parts(path: Path, parts: Iterable[pa.Table]) -> int:
    """Write tables of one schema one after the other; gives the number of rows."""
    rows, writer = 0, None
    try:
        for part in parts:
            writer = writer or pq.ParquetWriter(path, part.schema, compression="zstd", compression_level=1)
            writer.write_table(part, row_group_size=ROW_GROUP)
            rows += len(part)
    finally:
        if writer:
            writer.close()
    return rows


def write_together(paths: Sequence[Path], parts: Iterable[tuple[pa.Table, ...]]) -> int:
    """Write tuples of tables, each to its path; gives the number of rows."""
    rows = 0
    writers: list[pq.ParquetWriter] = []
    try:
        for part in parts:
            if not writers:
                writers = [
                    pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=1)
                    for path, table in zip(paths, part, strict=True)
                ]
            for writer, table in zip(writers, part, strict=True):
                writer.write_table(table, row_group_size=ROW_GROUP)
            rows += len(part[0])
    finally:
        for writer in writers:
            writer.close()
    return rows


_make: list[Callable[[int], tuple[pa.Table, ...]]] = []
"""What makes a part. Forked processes find it, and all that it holds, in memory that they share with their parent."""


def make_parts(make: Callable[[int], tuple[pa.Table, ...]], count: int) -> Iterator[tuple[pa.Table, ...]]:
    """`make(0)` to `make(count - 1)` in order, made in forked processes where there are several."""
    if count == 1:
        yield make(0)
        return
    _make[:] = [make]
    try:
        with ProcessPoolExecutor(PROCESSES, get_context("fork")) as pool:
            waiting = deque(pool.submit(_make_part, number) for number in range(min(WAITING, count)))
            for number in range(WAITING, count + WAITING):
                yield waiting.popleft().result()
                if number < count:
                    waiting.append(pool.submit(_make_part, number))
                if not waiting:
                    return
    finally:
        _make.clear()


def _make_part(number: int) -> tuple[pa.Table, ...]:
    return _make[0](number)
