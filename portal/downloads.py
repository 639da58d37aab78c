"""Files to take away, made in a folder of their own and removed once they were sent."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from etl.settings import Settings
from portal.folders import folder_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF, ZIP = "application/pdf", "application/zip"


def workbook(settings: Settings, name: str, write: Callable[[Path], object]) -> FileResponse:
    """A workbook that `write` makes; its name tells nothing about a person."""
    return download(settings, name, XLSX, write)


def download(settings: Settings, name: str, media_type: str, write: Callable[[Path], object]) -> FileResponse:
    """A file of any kind that `write` makes at the path that it is given."""
    folder = Path(mkdtemp(dir=folder_of(settings, "made")))
    try:
        write(folder / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        folder / name, media_type=media_type, filename=name,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )  # fmt: skip
