"""`python -m portal pages|worker|quick_worker [starter]`: one process of the portal, which ends with its starter."""

import logging
import os
import signal
import sys

import uvicorn

from etl import steps
from etl.errors import HealthbookError
from etl.orchestration.component import die_with_parent
from etl.settings import Settings, load_settings
from portal.app import create_app
from portal.folders import folder_of
from portal.worker import work


def main() -> None:
    """The second argument is the starter's process id."""
    part, starter = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    if starter:
        die_with_parent(signal.SIGTERM)
        if os.getppid() != starter:
            sys.exit(0)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = load_settings()
        settings = settings.model_copy(update={"database_url": steps.warehouse_url(settings)})
        if part != "pages":
            work(settings, is_quick=part == "quick_worker")
        else:
            serve_pages(settings)
    except HealthbookError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


def serve_pages(settings: Settings) -> None:
    """The pages on the loopback interface; an encrypting proxy stands before them where others are to reach them."""
    os.environ["TMPDIR"] = str(folder_of(settings, "spool"))  # where a file that comes in one request lies meanwhile
    uvicorn.run(
        create_app(settings), host=settings.host, port=settings.portal_port, access_log=False, log_level="warning",
        server_header=False, proxy_headers=True, forwarded_allow_ips="127.0.0.1,::1", timeout_graceful_shutdown=5,
    )  # fmt: skip


if __name__ == "__main__":
    main()
