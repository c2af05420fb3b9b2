"""The key ring: every key of the service, in one JSON file outside the database.

Somebody who steals only the database cannot decrypt an identity, cannot guess card numbers and cannot forge the audit
log. There are five kinds of key:

- `signing` (P-256) signs access tokens.
- `identity` (AES-256) encrypts the identities of families.
- `matching` (HMAC) makes the keyed digests that find a family by its numbers.
- `receipts` (AES-256) encrypts content hashes and makes their marks.
- `audit` (HMAC) makes the chain of the audit log.

The newest key of a kind is in use. Older keys still read what was made with them.
"""

import base64
import fcntl
import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, get_args

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

Purpose = Literal["signing", "identity", "matching", "receipts", "audit"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
_LOOK_AGAIN_SECONDS: Final = 1.0
_SETTLED_SECONDS: Final = 60.0
"""Longer than a server needs to see a rotation and to end a transaction that began before it."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. Tokens and rows name it by `id`. `secret` is PEM for a signing key, otherwise 32 bytes in base64."""

    id: str
    purpose: Purpose
    made_at: str
    secret: str

    @property
    def raw(self) -> bytes:
        """The 32 bytes of a symmetric key."""
        return base64.b64decode(self.secret)


class KeyRingError(Exception):
    """The key ring cannot do what was asked. The message says why."""


class KeyRing:
    """The keys in a file. It sees a change of the file within a second, and makes the file if there is none."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp: tuple[int, int, int] | None = None
        self._looked = float("-inf")
        self._keys: tuple[Key, ...] = ()
        self.version = 0
        """Grows whenever other keys were read. Whatever was derived from the old keys is then stale."""
        if not file.exists():
            _complete(file)
        self.look()
        if not all(map(self.all, PURPOSES)):
            # An earlier version, which had fewer kinds of key, made this ring.
            _complete(file)
            self.look()

    def look(self) -> None:
        """Reads the file again if it has changed. If the file is missing or broken, the ring keeps the keys it has.

        On the first read it raises OSError or ValueError instead.
        """
        self._looked = time.monotonic()
        try:
            stat = self._file.stat()
            stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if stamp != self._stamp:
                self._keys = tuple(_read(self._file))
                self._stamp = stamp
                self.version += 1
        except (OSError, ValueError):
            if self._stamp is None:
                raise

    def all(self, purpose: Purpose) -> tuple[Key, ...]:
        """The keys of a kind, with the key in use first."""
        if time.monotonic() - self._looked > _LOOK_AGAIN_SECONDS:
            self.look()
        return tuple(key for key in reversed(self._keys) if key.purpose == purpose)

    def current(self, purpose: Purpose) -> Key:
        return self.all(purpose)[0]

    def find(self, purpose: Purpose, id: str) -> Key | None:
        """The key that a token or a row names, or None if it was withdrawn."""
        return next((key for key in self.all(purpose) if key.id == id), None)


def rotate_key(file: Path, purpose: Purpose) -> Key:
    """Adds a key, which is in use from now on. Older keys stay until you withdraw them. Raises KeyRingError."""
    key = _make(purpose)
    with _changing(_existing(file)) as keys:
        keys.append(key)
    return key


def withdraw_key(file: Path, id: str) -> Key:
    """Removes a key from the ring for good. The caller has to know whether anything still needs it.

    Raises KeyRingError if the key is in use, was replaced less than a minute ago or is not in the ring. A signing key
    has no such minute.
    """
    with _changing(_existing(file)) as keys:
        found = next((key for key in keys if key.id == id), None)
        if found is None:
            raise KeyRingError(f"no key {id}; ikk keys list shows them")
        later = [key for key in keys[keys.index(found) + 1 :] if key.purpose == found.purpose]
        if not later:
            raise KeyRingError(f"{id} is the {found.purpose} key in use; rotate first")
        age = datetime.now(UTC) - datetime.fromisoformat(later[0].made_at)
        if found.purpose != "signing" and age.total_seconds() < _SETTLED_SECONDS:
            raise KeyRingError(
                f"{id} was in use until just now, and rows made with it may not be stored yet; wait a minute"
            )
        keys.remove(found)
    return found


def _existing(file: Path) -> Path:
    if not file.exists():
        raise KeyRingError(f"no key ring at {file}; see IKK_KEYS_FILE")
    return file


def _complete(file: Path) -> None:
    """Adds a key of each kind that the ring lacks. If several processes start at once, one makes the keys for all."""
    with _changing(file) as keys:
        there = {key.purpose for key in keys}
        keys.extend([_make(purpose) for purpose in PURPOSES if purpose not in there])


def _make(purpose: Purpose) -> Key:
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    if purpose == "signing":
        pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        secret = pem.decode("ascii")
    return Key(secrets.token_hex(6), purpose, datetime.now(UTC).isoformat(timespec="seconds"), secret)


def _read(file: Path) -> list[Key]:
    return [Key(**each) for each in json.loads(file.read_text("utf-8"))["keys"]]


@contextmanager
def _changing(file: Path) -> Iterator[list[Key]]:
    """The keys, to be changed in the block. One process writes at a time.

    The new file is written beside the old one, readable only by its owner, and then replaces it as a whole.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file.with_name(f".{file.name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keys = _read(file) if file.exists() else []
        yield keys
        handle, aside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with open(handle, "w", encoding="utf-8") as opened:
            json.dump({"keys": [asdict(key) for key in keys]}, opened, indent=1)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(aside, file)
