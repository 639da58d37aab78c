"""The portal's own folders under `var/portal`, for this user of the machine alone."""

from pathlib import Path

from etl.settings import Settings


def folder_of(settings: Settings, name: str) -> Path:
    """A folder of the portal's, made where it is not there."""
    folder = settings.var_dir / "portal" / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def part_of(settings: Settings, upload_id: int) -> Path:
    """Where a file lies until it is whole."""
    return folder_of(settings, "parts") / str(upload_id)
