"""The key ring: every key of the service, in one file outside the database.

A database that is stolen alone opens no family's identity, lets nobody guess card numbers, and cannot be given another
history. Five kinds of key: `signing` (P-256, access tokens), `identity` (AES-256, who a family is), `matching` (HMAC,
finding a family by its numbers), `receipts` (AES-256, the hash of what was sent), `audit` (HMAC, the chain of the log).
The newest of a kind is in use; older ones still read what was made with them.
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
"""Longer than a server needs to see a rotation and to end a transaction that began before."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. id: how tokens and rows name it; secret: PEM of a signing key, else 32 bytes in base64."""

    id: str
    purpose: Purpose
    made_at: str
    secret: str

    @property
    def raw(self) -> bytes:
        """The 32 bytes of a symmetric key."""
        return base64.b64decode(self.secret)


class KeyRingError(Exception):
    """What was asked of the key ring cannot be done; the message says why."""


class KeyRing:
    """The keys in a file, read again within a second of a change; made on first use where there is none."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp: tuple[int, int, int] | None = None
        self._looked = float("-inf")
        self._keys: tuple[Key, ...] = ()
        self.version = 0
        """Grows whenever other keys were read: what was derived from the old ones is then stale."""
        if not file.exists():
            _complete(file)
        self.look()
        if not all(map(self.all, PURPOSES)):
            # Of a version that had fewer kinds of key.
            _complete(file)
            self.look()

    def look(self) -> None:
        """Reads the file again if it is another one now; a file that is away or broken changes nothing."""
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
        """Keys of a kind, the one in use first."""
        if time.monotonic() - self._looked > _LOOK_AGAIN_SECONDS:
            self.look()
        return tuple(key for key in reversed(self._keys) if key.purpose == purpose)

    def current(self, purpose: Purpose) -> Key:
        return self.all(purpose)[0]

    def find(self, purpose: Purpose, id: str) -> Key | None:
        """The key that a token or a row names; None where it was withdrawn."""
        return next((key for key in self.all(purpose) if key.id == id), None)


def rotate_key(file: Path, purpose: Purpose) -> Key:
    """Adds a key, which is the one in use from now on; the older ones stay until they are withdrawn."""
    key = _make(purpose)
    with _changing(_existing(file)) as keys:
        keys.append(key)
    return key


def withdraw_key(file: Path, id: str) -> Key:
    """Takes a key out of the ring for good; whether anything still needs it is for the caller to know.

    Raises KeyRingError for the one in use, for one that was just replaced, and for one that is not there.
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
                f"{id} was in use until just now, and rows made with it may be on their way: wait a minute"
            )
        keys.remove(found)
    return found


def _existing(file: Path) -> Path:
    if not file.exists():
        raise KeyRingError(f"no key ring at {file}; see IKK_KEYS_FILE")
    return file


def _complete(file: Path) -> None:
    """A key of each kind that the ring has none of; of several processes at once one makes it, the others find it."""
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
    """The keys to change; written aside for their owner only and put in place whole, one writer at a time."""
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
