"""What only the whole file can tell: rows that repeat, and numbers that stand with several people.

Of each row a few hashes go into DuckDB, which keeps them on disk where memory is short; no value goes with them. Of what
stands too often, the row numbers are kept.
"""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.quality.frames import Frame

MEMORY, SPILL = "96MB", "spill"


@dataclass(frozen=True)
class Counted:
    """A column that counts: for how many rows it says anything, and the rows for which it says more than 1."""

    applicable: int
    row_nos: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shared:
    """A share: for how many rows anything is said, and the rows of which it speaks. None where too few say anything."""

    applicable: int
    row_nos: npt.NDArray[np.int32]
    share: float | None


@dataclass(frozen=True)
class _Share:
    """The share of `words` among the rows where `column` says anything, told from `least` such rows on."""

    column: str
    words: tuple[str, ...]
    least: int = 50


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
        "people_with_insurance": _Count("insurance_no", ("coalesce(full_name_toneless, full_name)", "birth_date")),
        "people_with_phone": _Count("phone", ("coalesce(full_name_toneless, full_name)", "birth_date")),
    },
    "encounter": {"copy_no": _Count("source_encounter_id")},
}
"""table -> column -> what it counts. `people_with_…`: different (name, birth date) that stand with the row's number."""
SHARES: dict[str, dict[str, _Share]] = {
    "person_record": {
        "share_first_of_january": _Share("note_birth_date", ("first_of_january",)),
        "share_year_only": _Share("note_birth_date", ("year_only",)),
        "share_unknown_ethnic": _Share("ethnic_code", ("56",)),
    }
}
"""table -> column -> the share that it tells. Which share is too much says the rule."""
_NEEDED = {
    "person_record": (
        *("national_id", "insurance_no", "phone", "full_name_toneless", "full_name", "birth_date", "row_digest"),
    ),
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
        self._said: dict[str, int] = {}
        self._spoken_of: dict[str, list[npt.NDArray[np.int32]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def take(self, frame: Frame) -> None:
        """Add the rows of one chunk of a table that is counted."""
        name = frame.staged.name
        for column, share in SHARES.get(name, {}).items():
            words = frame.values(share.column)
            told = words.cast(words.type.value_type) if pa.types.is_dictionary(words.type) else words
            is_one = np.asarray(pc.fill_null(pc.is_in(told, value_set=pa.array(share.words)), False))
            self._said[column] = self._said.get(column, 0) + int(frame.valid(share.column).sum())
            self._spoken_of.setdefault(column, []).append(frame.row_nos[is_one])
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

    def shared(self, name: str) -> dict[str, Shared]:
        """The shares of a table of which any row was taken."""
        made = {}
        for column, share in SHARES.get(name, {}).items():
            said = self._said.get(column, 0)
            row_nos = np.concatenate(self._spoken_of.get(column) or [np.array([], np.int32)])
            made[column] = Shared(said, row_nos, len(row_nos) / said if said >= share.least else None)
        return made
