"""Write golden.json anew from the city beside the code: `python -m tests.pipeline.renew_golden`.

Look at what `git diff` says of it before you commit: each table that changed must have changed for a reason.
"""

import json
from pathlib import Path

from etl import steps
from tests.bench.city import own_settings
from tests.pipeline.city import digest_tables, take_in_city

GOLDEN = Path(__file__).with_name("golden.json")


def main() -> None:
    """Takes two minutes; needs no server, and leaves nothing but the file."""
    with own_settings() as settings:
        steps.prepare(settings)
        take_in_city(settings)
        digests = digest_tables(settings)
    GOLDEN.write_text(json.dumps(digests, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
