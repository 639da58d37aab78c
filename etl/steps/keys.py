"""The keys that raw files are sealed with: made, listed, renewed; each renewal is audited, no key is ever printed."""

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
    """Each key that opens raw files, or should: its number, whether it seals, whether we have it, and its files."""
    store = Store(settings)
    sealed = Counter(store.raw_keys())
    ours = store.keys.numbers("raw")
    return [
        {
            "key": number,
            "seals": number == store.keys.newest("raw"),
            "is_here": number is None or number in ours,
            "raw_files": sealed[number],
        }
        for number in (*ours, *(number for number in sealed if number not in ours))
    ]


def rotate_key(settings: Settings, name: str, actor: str) -> int:
    """Make a new key that seals from now on (`raw`), or wraps the keysets (`master`); gives its number."""
    from etl.warehouse.keys import KEYSETS, MASTER

    if name not in (*KEYSETS, MASTER):
        raise ConfigError(
            f"keys: there is no keyset {name!r}; expected {', '.join((*KEYSETS, MASTER))}. Name one of them."
        )
    with warehouse(settings) as connection:  # no audit, no new key
        record(connection, actor, "keys.rotated", name, {})
        return Store(settings).keys.rotate(name)


def reseal(settings: Settings, actor: str) -> int:
    """Seal all raw files with the newest key; gives how many had another one. What was cut off goes on where it was."""
    with warehouse(settings) as connection:
        count = Store(settings).reseal_raw()
        record(connection, actor, "keys.resealed", "raw", {"files": count})
    return count
