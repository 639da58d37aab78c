"""The audit: who did what, when. Rows are added and never changed, and chained: one that is tampered with is found.

An event is written in the transaction of what it tells of. While that transaction commits, a deferred trigger gives the event
the next entry of `audit.chain`, so that the order of the chain is total, without gaps, and that of the commits. No
application can leave the trigger out or write an entry itself: only the owner's function may.

An entry's hash is SHA-256, in lower-case hex, over the UTF-8 bytes of these parts, one after another:

1. the hash of the entry before it; of the first entry 64 zeros
2. `entry_no`; `chained_at`, the server's clock at the commit
3. `event_id`, `happened_at`, `actor`, `action`, `subject`, `detail` of the event

Each part is `<length in bytes>:<value>,` and a null is `-,`, so that no two entries have the same bytes. Numbers are decimal; a
moment is the microseconds since 1970-01-01 UTC. The database hashes with `audit.chain_entry`; `audit_chain` repeats it.

What the subject says is what accesses are looked up by: `person N`, `record N`, `batch N row M`, with more words after it or none.
"""

import json

from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError

ENGINE = "engine"
"""Who does what nobody asked for: no person may act under this name."""


def check_actor(actor: str) -> None:
    """Raise ConfigError where nobody is named who answers for what is done."""
    if not actor.strip() or actor == ENGINE:
        raise ConfigError("actor: it names nobody; expected the account of who answers for it. Name it with --actor.")


def record(connection: Connection, actor: str, action: str, subject: str, detail: dict[str, int | str]) -> None:
    """Note an event in the caller's transaction: it stands if, and only if, what it tells of stands.

    `detail` holds counts and states, never a personal value.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit.event (happened_at, actor, action, subject, detail) values (now(), %s, %s, %s, %s)",
            (actor, action, subject, json.dumps(detail, ensure_ascii=False, sort_keys=True)),
        )
