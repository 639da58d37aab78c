"""How the parts are: database, store, queue, last build; for whoever keeps them running. Nothing about a person."""

import shutil
from pathlib import Path
from typing import Any

from etl.settings import Settings
from etl.steps.database import warehouse
from etl.warehouse import health


def read_health(settings: Settings) -> dict[str, Any]:
    """`database` (version, bytes, connections, most_connections), and `store` (free_bytes, bytes of the disk)."""
    with warehouse(settings) as connection:
        database = health.read_database(connection)
    folder = Path(settings.store_url)
    disk = shutil.disk_usage(folder if folder.exists() else settings.var_dir)
    return {"database": database, "store": {"free_bytes": disk.free, "bytes": disk.total}}
