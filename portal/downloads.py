"""Files to take away, made in a folder of their own and removed once they were sent."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from etl.settings import Settings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(settings: Settings, name: str, write: Callable[[Path], object]) -> FileResponse:
    """A workbook that `write` makes; its name tells nothing about a person."""
    parent = settings.var_dir / "portal" / "made"
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(mkdtemp(dir=parent))
    try:
        write(folder / "sheet.xlsx")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        folder / "sheet.xlsx", media_type=XLSX, filename=name,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )  # fmt: skip
