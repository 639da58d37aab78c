"""The keys that seal raw files and what names a person: made, listed, renewed; each renewal is audited, none is printed."""

from collections import Counter

from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.warehouse.audit import record
from etl.warehouse.store import Store


def create_keys(settings: Settings) -> dict[str, list[int]]:
    """Make the first keys of an installation; gives their numbers. Raises ConfigError where there are some."""
    from etl.warehouse.keys import KEYSETS, KeyRing

    try:
        KeyRing.create(settings)
    except FileExistsError:
        raise ConfigError(
            "keys: the folder of HEALTHBOOK_KEYS_DIR is there already; expected none, for new keys open nothing of "
            "what older ones sealed. Use `healthbook keys rotate` to renew them."
        ) from None
    ring = KeyRing(settings)
    return {name: ring.numbers(name) for name in KEYSETS}


def list_keys(settings: Settings) -> list[dict[str, object]]:
    """Each key that opens names, or raw files, or should: its number, whether it seals, whether we have it; its files."""
    store = Store(settings)
    sealed = Counter(store.raw_keys())
    ours = store.keys.numbers("raw")
    names = [
        {"keyset": "names", "key": number, "seals": number == store.keys.newest("names"), "is_here": True}
        for number in store.keys.numbers("names")
    ]
    return names + [
        {
            "keyset": "raw",
            "key": number,
            "seals": number == store.keys.newest("raw"),
            "is_here": number is None or number in ours,
            "raw_files": sealed[number],
        }
        for number in (*ours, *(number for number in sealed if number not in ours))
    ]


def rotate_key(settings: Settings, name: str, actor: str) -> int:
    """Make a new key that seals from now on (`raw`, `names`), or wraps the keysets (`master`); gives its number."""
    from etl.warehouse.keys import KEYSETS, MASTER

    if name not in (*KEYSETS, MASTER):
        raise ConfigError(
            f"keys: there is no keyset {name!r}; expected {', '.join((*KEYSETS, MASTER))}. Name one of them."
        )
    with warehouse(settings) as connection:  # no audit, no new key
        record(connection, actor, "keys.rotated", name, {})
        return Store(settings).keys.rotate(name)


def reseal(settings: Settings, actor: str) -> dict[str, int]:
    """Seal all raw files, and all rows of the warehouse, with the newest keys; gives how many had another one.

    Raw files that were done stay so where it is cut off; rows are one transaction, beside which nothing else is written.
    """
    from etl.warehouse.resealing import reseal_all

    store = Store(settings)
    with warehouse(settings) as connection:
        files = store.reseal_raw()
        record(connection, actor, "keys.resealed", "raw", {"files": files})
    with warehouse(settings) as connection:
        rows = reseal_all(connection, store.seals)
        record(connection, actor, "keys.resealed", "names", {"rows": rows})
    return {"files": files, "rows": rows}
