"""What only the whole file can tell: rows that repeat, and numbers that stand with several people.

Of each row a few hashes go into DuckDB, which keeps them on disk where memory is short; no value goes with them.
"""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from etl.quality.frames import Frame

MEMORY, SPILL = "96MB", "spill"


@dataclass(frozen=True)
class Counted:
    """A column that counts: for how many rows it says anything, and the rows for which it says more than 1."""

    applicable: int
    row_nos: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Count:
    """How a count is made from the columns of a table: of `key`'s copies, or of the different `of` beside a `key`."""

    key: str
    of: tuple[str, ...] = ()

    @property
    def hashes(self) -> str:
        """The hashes of a row, in SQL; `row_no` and a null key for rows without one."""
        of = f"hash({', '.join(self.of)})" if self.of else "0::ubigint"
        return f"row_no, case when {self.key} is not null then hash({self.key}) end as key, {of} as of_hash"

    def sql(self, table: str) -> str:
        """Rows with a count above 1: for copies 2, 3 … in the file's order, from the second on."""
        repeated = f"select key from {table} where key is not null group by key having count(*) > 1"
        if self.of:
            several = (
                f"select key, count(distinct of_hash) as n from {table} semi join ({repeated}) using (key) group by key"
            )
            return f"select row_no, n from {table} join ({several}) using (key) where n > 1"
        numbered = f"select row_no, row_number() over (partition by key order by rowid) as n from {table} semi join ({repeated}) using (key)"
        return f"select row_no, n from ({numbered}) where n > 1"


COUNTS: dict[str, dict[str, _Count]] = {
    "person_record": {
        "people_with_id": _Count("national_id", ("coalesce(full_name_toneless, full_name)", "birth_date")),
        "copy_no": _Count("row_digest"),
    },
    "encounter": {"copy_no": _Count("source_encounter_id")},
}
"""table -> column -> what it counts. `people_with_id`: different (name, birth date) that stand with the row's ID."""
_NEEDED = {
    "person_record": ("national_id", "full_name_toneless", "full_name", "birth_date", "row_digest"),
    "encounter": ("source_encounter_id",),
}


class WholeFile:
    """Collects rows chunk by chunk, in the file's order; `counted` tells at the end."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` takes what memory does not hold."""
        self._database = duckdb.connect()
        self._database.execute(f"set memory_limit = '{MEMORY}'; set threads = 2; set enable_progress_bar = false")
        if folder is not None:
            self._database.execute("set temp_directory = ?", [str(folder / SPILL)])
        self._tables: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def take(self, frame: Frame) -> None:
        """Add the rows of one chunk of a table that is counted."""
        name = frame.staged.name
        if name not in COUNTS:
            return
        rows = pa.table({"row_no": frame.row_nos, **{column: frame.values(column) for column in _NEEDED[name]}})
        self._database.register("chunk", rows)
        for column, count in COUNTS[name].items():
            table = f"{name}_{column}"
            verb = f"insert into {table}" if table in self._tables else f"create table {table} as"
            self._database.execute(f"{verb} select {count.hashes} from chunk")
            self._tables.add(table)

    def counted(self, name: str) -> dict[str, Counted]:
        """The counting columns of a table of which any row was taken."""
        made = {}
        for column, count in COUNTS.get(name, {}).items():
            table = f"{name}_{column}"
            if table in self._tables:
                applicable = self._database.execute(f"select count(key) from {table}").fetchall()[0][0]
                found = self._database.sql(f"select row_no::int as row_no, n from ({count.sql(table)}) order by row_no")
                rows = found.to_arrow_table()
                made[column] = Counted(int(applicable), rows["row_no"].to_numpy(), rows["n"].to_numpy())
        return made
