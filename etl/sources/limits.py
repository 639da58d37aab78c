"""How large a file, row or cell may be, so that no file can use up memory or time."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self


class LimitSettings(Protocol):
    """The settings that bear on reading; see `etl.settings`."""

    @property
    def max_file_bytes(self) -> int: ...
    @property
    def max_unpacked_bytes(self) -> int: ...
    @property
    def max_cell_chars(self) -> int: ...
    @property
    def max_columns(self) -> int: ...
    @property
    def certificates_dir(self) -> Path | None: ...


@dataclass(frozen=True)
class Limits:
    """Bytes of a file as it lies and unpacked, characters of a cell, columns of a sheet, cells of a workbook's sheet.

    A packed file may also not grow more than `max_packing` times; workbooks of cities grow about tenfold.
    `max_sheet_cells` bounds the rectangle from the first to the last filled cell, and `max_filled_cells` what is filled
    in an OpenDocument sheet, repetitions counted: both are held in memory, a filled one in 130 bytes. A chunk has at most
    `rows_per_chunk` rows and `cells_per_chunk` cells.
    An archive has at most `max_members` files; a signature is verified in files of at most `max_signed_bytes`, since it
    needs the whole file, by the certificates in `certificates_dir` (`<code>.pem`).
    """

    max_file_bytes: int = 2 * 1024**3
    max_unpacked_bytes: int = 8 * 1024**3
    max_cell_chars: int = 32_767
    max_columns: int = 1_000
    max_sheet_cells: int = 50_000_000
    max_filled_cells: int = 6_000_000
    max_packing: int = 200
    rows_per_chunk: int = 50_000
    cells_per_chunk: int = 10_000_000
    visits_per_chunk: int = 2_000
    max_members: int = 1_000
    max_signed_bytes: int = 64 * 1024**2
    certificates_dir: Path | None = None

    def rows_at_once(self, width: int) -> int:
        """Rows of a chunk where each has `width` cells."""
        return max(1, min(self.rows_per_chunk, self.cells_per_chunk // max(width, 1)))

    @classmethod
    def from_settings(cls, settings: LimitSettings) -> Self:
        """The limits that an operator chose."""
        return cls(
            max_file_bytes=settings.max_file_bytes,
            max_unpacked_bytes=settings.max_unpacked_bytes,
            max_cell_chars=settings.max_cell_chars,
            max_columns=settings.max_columns,
            certificates_dir=settings.certificates_dir,
        )
