"""The keys: keysets of Tink in a folder of their own, each wrapped by a master key; none is ever in the database.

`raw` seals what senders sent: AES-256-GCM in segments of a megabyte, so that a file streams through. `names` seals the
fields that name a person, and `lookup` hashes those that a row is found by (`warehouse.sealing`). Each key has a number;
a new one seals from then on, and the older ones still open. The master key is a file beside (`master.json`,
for its owner alone) or, by the setting `master_key_uri`, one that a KMS keeps and Tink's client of it reaches.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

import tink
from tink import aead, daead, prf, secret_key_access, streaming_aead
from tink.proto import tink_pb2

from etl.errors import ConfigError, DependencyError
from etl.settings import Settings

RAW, NAMES, LOOKUP, MASTER = "raw", "names", "lookup", "master"
KEYSETS = (RAW, NAMES, LOOKUP)
PRIVATE = 0o077
"""Permissions that nobody but a key file's owner may have."""

aead.register()
daead.register()
prf.register()
streaming_aead.register()
_TEMPLATES = {
    RAW: streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB,
    NAMES: daead.deterministic_aead_key_templates.AES256_SIV,
    LOOKUP: prf.prf_key_templates.HMAC_SHA256,
    MASTER: aead.aead_key_templates.AES256_GCM,
}


class KeyRing:
    """The keysets of the setting `keys_dir`; where there are none a demonstration makes them, and others are refused."""

    def __init__(self, settings: Settings) -> None:
        """Raises `ConfigError` where keys are missing, unreadable, or readable for others."""
        self._folder, self._master_uri = settings.keys_dir, settings.master_key_uri
        if settings.demo and not all(map(Path.exists, map(self._path, KEYSETS))):
            with suppress(FileExistsError):  # another process was first
                self.create(settings)
        if not self._folder.is_dir():
            raise ConfigError(
                "keys: there are none in the folder of HEALTHBOOK_KEYS_DIR; expected those that the store was sealed "
                "with. Restore them, or for a new installation run `healthbook keys create`."
            )
        self._wrapping = _wrapping(self._folder, self._master_uri)
        self._keysets = {name: self._read(name) for name in KEYSETS}

    @classmethod
    def create(cls, settings: Settings) -> None:
        """Make the folder with a keyset for each purpose, at once or not at all; add those that it lacks.

        `FileExistsError` where it lacks none.
        """
        folder, uri = settings.keys_dir, settings.master_key_uri
        if folder.exists():
            _add_missing(folder, uri)
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent, prefix=".keys-") as beside:
            draft = Path(beside) / "keys"
            draft.mkdir(mode=0o700)
            if uri is None:
                _write(draft / f"{MASTER}.json", _in_clear(tink.new_keyset_handle(_TEMPLATES[MASTER])))
            wrapping = _wrapping(draft, uri)
            for name in KEYSETS:
                _write(draft / f"{name}.json", _wrapped(name, tink.new_keyset_handle(_TEMPLATES[name]), wrapping))
            try:
                draft.rename(folder)
            except OSError:
                raise FileExistsError from None

    def rotate(self, name: str) -> int:
        """Add a key that seals from now on; gives its number. A new master key wraps all keysets, and the old one goes.

        Raises ConfigError for `lookup`: what the old key hashed is not found by a new one.
        """
        if name == MASTER:
            return self._rotate_master()
        if name == LOOKUP:
            raise ConfigError(
                "keys: lookup cannot be renewed alone, for rows are found by what it hashed; expected raw, names or"
                " master. See docs/keeping.md."
            )
        self._keysets[name] = _with_new_key(self._keysets[name], name)
        _write(self._path(name), _wrapped(name, self._keysets[name], self._wrapping))
        return self.newest(name)

    def newest(self, name: str) -> int:
        """The number of the key that seals."""
        return int(self._keysets[name].keyset_info().primary_key_id)

    def numbers(self, name: str) -> list[int]:
        """The numbers of all keys that open, in the order in which they were made."""
        return [int(key.key_id) for key in self._keysets[name].keyset_info().key_info]

    def cipher(self) -> daead.DeterministicAead:
        """What seals and opens the fields that name a person."""
        return self._keysets[NAMES].primitive(daead.DeterministicAead)

    def digest(self) -> prf.Prf:
        """What hashes the fields that rows are found by."""
        return self._keysets[LOOKUP].primitive(prf.PrfSet).primary()

    @contextmanager
    def sealing(self, target: BinaryIO) -> Iterator[BinaryIO]:
        """A stream to write to, whose bytes arrive sealed in `target`, which is left open."""
        seal = self._keysets[RAW].primitive(streaming_aead.StreamingAead)
        with seal.new_encrypting_stream(_KeptOpen(target), RAW.encode()) as stream:
            yield cast(BinaryIO, stream)

    @contextmanager
    def opening(self, source: BinaryIO, number: int) -> Iterator[BinaryIO]:
        """A stream to read what a key sealed. `DependencyError` where the key is gone or the bytes were changed."""
        if number not in self.numbers(RAW):
            raise DependencyError(
                f"keys: raw file sealed by key {number}, which is not among ours; expected one of "
                f"{', '.join(map(str, self.numbers(RAW)))}. Restore the keys from their backup."
            )
        opener = self._keysets[RAW].primitive(streaming_aead.StreamingAead)
        try:
            with opener.new_decrypting_stream(source, RAW.encode()) as stream:
                yield cast(BinaryIO, stream)
        except tink.TinkError:
            raise DependencyError(
                f"store: a raw file sealed by key {number} does not open; expected its bytes as they were written. "
                "Restore the file from a backup."
            ) from None

    def _rotate_master(self) -> int:
        """In three steps, so that whatever dies in between, the master keyset opens all that it wrapped."""
        if self._master_uri is not None:
            raise ConfigError(
                "keys: the master key is kept by the KMS of HEALTHBOOK_MASTER_KEY_URI; expected one of our own. "
                "Rotate it there."
            )
        both = _with_new_key(_read_clear(self._path(MASTER)), MASTER)
        _write(self._path(MASTER), _in_clear(both))
        for name, handle in self._keysets.items():
            _write(self._path(name), _wrapped(name, handle, both.primitive(aead.Aead)))
        newest = _only_newest(both)
        _write(self._path(MASTER), _in_clear(newest))
        self._wrapping = newest.primitive(aead.Aead)
        return int(newest.keyset_info().primary_key_id)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _read(self, name: str) -> tink.KeysetHandle:
        try:
            return tink.json_proto_keyset_format.parse_encrypted(
                _read_private(self._path(name)), self._wrapping, name.encode()
            )
        except tink.TinkError:
            raise ConfigError(
                f"keys: {name}.json does not open with the master key; expected the two of one backup. Restore both."
            ) from None


def _add_missing(folder: Path, master_uri: str | None) -> None:
    """Give a folder of keys the keysets that an older version did not make."""
    missing = [name for name in KEYSETS if not (folder / f"{name}.json").exists()]
    if not missing:
        raise FileExistsError
    wrapping = _wrapping(folder, master_uri)
    for name in missing:
        with TemporaryDirectory(dir=folder.parent, prefix=".keys-") as beside:
            draft = Path(beside) / f"{name}.json"
            _write(draft, _wrapped(name, tink.new_keyset_handle(_TEMPLATES[name]), wrapping))
            with suppress(FileExistsError):  # another process was first: its keys seal already
                os.link(draft, folder / draft.name)


def _wrapping(folder: Path, master_uri: str | None) -> aead.Aead:
    """What wraps keysets: the master key of a folder, or the KMS's."""
    if master_uri is None:
        return _read_clear(folder / f"{MASTER}.json").primitive(aead.Aead)
    try:
        return tink.kms_client_from_uri(master_uri).get_aead(master_uri)
    except tink.TinkError:
        raise DependencyError(
            "keys: no client of the KMS that HEALTHBOOK_MASTER_KEY_URI names; expected one that is registered with "
            "Tink and answers. Install and register it, or start the KMS."
        ) from None


class _KeptOpen:
    """A file that Tink may close without closing it: what was written is still to be made safe on disk."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.write, self.flush, self.writable = file.write, file.flush, file.writable

    @property
    def closed(self) -> bool:
        return self._file.closed

    def close(self) -> None:
        self._file.flush()


def _with_new_key(handle: tink.KeysetHandle, name: str) -> tink.KeysetHandle:
    """The keyset with one key more, which is the one that seals; Tink for Python has no call for it."""
    keyset, more = _keyset(handle), _keyset(tink.new_keyset_handle(_TEMPLATES[name]))
    keyset.key.extend(more.key)
    keyset.primary_key_id = more.primary_key_id
    return _handle(keyset)


def _only_newest(handle: tink.KeysetHandle) -> tink.KeysetHandle:
    keyset = _keyset(handle)
    kept = [key for key in keyset.key if key.key_id == keyset.primary_key_id]
    return _handle(tink_pb2.Keyset(primary_key_id=keyset.primary_key_id, key=kept))


def _keyset(handle: tink.KeysetHandle) -> tink_pb2.Keyset:
    return tink_pb2.Keyset.FromString(tink.proto_keyset_format.serialize(handle, secret_key_access.TOKEN))


def _handle(keyset: tink_pb2.Keyset) -> tink.KeysetHandle:
    return tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)


def _in_clear(handle: tink.KeysetHandle) -> str:
    return str(tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))


def _wrapped(name: str, handle: tink.KeysetHandle, wrapping: aead.Aead) -> str:
    return str(tink.json_proto_keyset_format.serialize_encrypted(handle, wrapping, name.encode()))


def _read_clear(path: Path) -> tink.KeysetHandle:
    try:
        return tink.json_proto_keyset_format.parse(_read_private(path), secret_key_access.TOKEN)
    except tink.TinkError:
        raise ConfigError(
            f"keys: {path.name} holds no keys; expected what `healthbook keys create` wrote. Restore it."
        ) from None


def _read_private(path: Path) -> str:
    """A key file's text; refused where anybody but its owner may read it."""
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & PRIVATE:
                raise ConfigError(
                    f"keys: {path.name} may be read by others; expected it to be its owner's alone. "
                    "Run chmod 600 on it."
                )
            return file.read()
    except OSError as error:
        raise ConfigError(
            f"keys: {path.name} cannot be read ({error.strerror}); expected the keys in the folder of "
            "HEALTHBOOK_KEYS_DIR. Restore them or mend their permissions."
        ) from None


def _write(path: Path, text: str) -> None:
    """Write a key file for its owner alone, whole or not at all."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
