"""The key ring: every key of the service, in one JSON file outside the database.

Somebody who steals only the database cannot decrypt an identity, cannot guess card numbers and cannot forge the audit
log. There are eight kinds of key:

- `signing` (P-256) signs access tokens.
- `receipt-signing` (P-256) signs receipts.
- `identity` (AES-256) encrypts the identities of families.
- `matching` (HMAC) makes the keyed digests that find a family by its numbers.
- `receipts` (AES-256) encrypts content hashes with their salts, and makes the marks of both.
- `factors` (AES-256) encrypts the secrets of people's second factors.
- `audit` (HMAC) makes the chain of the audit log.
- `figures` (HMAC) makes the secrets that protect released figures. A year keeps the key of its first release for good.

The newest key of a kind is in use. Older keys still read what was made with them.

Opening a ring never makes one. `ikk migrate` and `ikk keys init` do (`make_ring`), because a new ring beside a database
in use would store families that the right ring cannot read. A ring is *stray* while the database names a key that it
lacks. `app/services/access/key_use.py` finds out, and a stray ring gives no key to the vault or the sealer.
"""

import base64
import fcntl
import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final, Literal, get_args

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.platform.unavailable import RefusedError, UnavailableError

Purpose = Literal["signing", "receipt-signing", "identity", "matching", "receipts", "factors", "audit", "figures"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
SIGNING: Final[tuple[Purpose, ...]] = ("signing", "receipt-signing")
"""Purposes whose keys are pairs. Their public halves are published, and no row of the database names them."""
_LOOK_AGAIN_SECONDS: Final = 1.0
_SETTLED_SECONDS: Final = 60.0
"""Longer than a server needs to see a rotation and to end a transaction that began before it."""


@dataclass(frozen=True)
class Key:
    """One key. Tokens and rows name it by `id`. `secret` is PEM for a pair, otherwise 32 bytes in base64."""

    id: str
    purpose: Purpose
    made_at: str
    secret: str

    @cached_property
    def raw(self) -> bytes:
        """The 32 bytes of a symmetric key."""
        return base64.b64decode(self.secret)


class KeyRingError(Exception):
    """The key ring cannot do what was asked. The message says why."""


class UnjudgedKeysError(UnavailableError):
    """Nobody could compare the ring with the database yet. Nothing was stored."""


class StrayKeysError(RefusedError):
    """The database names keys that the ring lacks. Nothing was stored."""

    reason = "keys"

    def __init__(self, lacking: Iterable[str]) -> None:
        super().__init__(f"the key ring lacks keys that the database names: {', '.join(lacking)}")


class KeyRing:
    """The keys in a file, which is read again within a second after a change. Raises KeyRingError if it has no ring."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._stamp: tuple[int, int, int] | None = None
        self._looked = float("-inf")
        self._keys: tuple[Key, ...] = ()
        self._grouped: tuple[Key, ...] | None = None
        self._by_purpose: dict[Purpose, tuple[Key, ...]] = {}
        """The keys of `_grouped` by purpose, with those in use first."""
        self._candidate: tuple[Key, ...] | None = None
        """Keys of a changed file that lacks some of those in use. They are not used until somebody has judged them."""
        self._judged = False
        self.version = 0
        """Grows whenever other keys came into use. Whatever was derived from the old keys is then stale."""
        self.lacking: tuple[str, ...] | None = None
        """Ids of the keys that the database names and the ring lacks. None means that nobody has looked yet."""
        if not file.exists():
            raise KeyRingError(f"no key ring at {file}; see IKK_KEYS_FILE, and ikk keys init --help for a new one")
        self.unread = False
        """Whether the file cannot be read now, so that the keys that were read before stay in use."""
        try:
            self.look()
        except OSError as error:
            raise KeyRingError(f"the key ring at {file} cannot be read: {error.strerror}") from None

    def look(self) -> None:
        """Reads the file again if it has changed. If it is missing, broken or incomplete, the ring keeps its keys.

        A ring whose keys were judged good uses a changed file at once if that holds all its keys, apart from those
        that sign. Otherwise it waits for `settle`. On the first read it raises OSError or KeyRingError.
        """
        self._looked = time.monotonic()
        try:
            stat = self.file.stat()
            stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if stamp == self._stamp:
                self.unread = False
                return
            found = tuple(read_keys(self.file))
            if missing := _missing(found):
                raise KeyRingError(f"the key ring at {self.file} has no {missing[0]} key; run ikk migrate")
        except (OSError, KeyRingError):
            if self._stamp is None:
                raise
            self.unread = True
            return
        self._stamp, self.unread = stamp, False
        if self._judged and not _symmetric(self._keys) <= _symmetric(found):
            self._candidate = found
        else:
            self._adopt(found)

    def newest(self) -> tuple[Key, ...]:
        """The keys to judge, which are those of the file as it was read last."""
        return self._keys if self._candidate is None else self._candidate

    def settle(self, judged: tuple[Key, ...], lacking: Iterable[str]) -> None:
        """Takes the ids that the database names and `judged` lacks. Ignores them if the file has changed meanwhile."""
        if judged is not self.newest():
            return
        self.lacking = tuple(lacking)
        if not self.lacking:
            self._judged = True
            if self._candidate is not None:
                self._adopt(self._candidate)
        elif self._candidate is None:
            self._judged = False

    def require(self) -> None:
        """Raises StrayKeysError or UnjudgedKeysError unless the ring holds every key that the database names."""
        if self.lacking is None:
            raise UnjudgedKeysError
        if self.lacking:
            raise StrayKeysError(self.lacking)

    @property
    def waits(self) -> bool:
        """Whether somebody has to judge the ring, or judge it again."""
        return self.lacking != () or self._candidate is not None

    def all(self, purpose: Purpose) -> tuple[Key, ...]:
        """The keys of a kind, with the key in use first."""
        if time.monotonic() - self._looked > _LOOK_AGAIN_SECONDS:
            self.look()
        if self._grouped is not self._keys:
            self._grouped = self._keys
            self._by_purpose = {
                each: tuple(key for key in reversed(self._keys) if key.purpose == each) for each in PURPOSES
            }
        return self._by_purpose[purpose]

    def current(self, purpose: Purpose) -> Key:
        return self.all(purpose)[0]

    def find(self, purpose: Purpose, id: str) -> Key | None:
        """The key that a token or a row names, or None if it was withdrawn."""
        return next((key for key in self.all(purpose) if key.id == id), None)

    def _adopt(self, keys: tuple[Key, ...]) -> None:
        self._keys, self._candidate = keys, None
        self.lacking = () if self._judged else None
        self.version += 1


def _symmetric(keys: Iterable[Key]) -> set[tuple[str, str]]:
    """Ids and secrets of the keys that rows of the database may need. No row needs a key that signs."""
    return {(key.id, key.secret) for key in keys if key.purpose not in SIGNING}


def make_ring(file: Path) -> KeyRing:
    """Adds a key of each kind that the file lacks, and makes the file if there is none.

    Only for a caller who knows that the database names no key of these kinds. If several processes do this at once, one
    makes the keys for all.
    """
    if _missing(read_keys(file)):
        with _changing(file) as keys:
            keys.extend([_make(purpose) for purpose in _missing(keys)])
    return KeyRing(file)


def _missing(keys: Iterable[Key]) -> list[Purpose]:
    there = {key.purpose for key in keys}
    return [purpose for purpose in PURPOSES if purpose not in there]


def rotate_key(file: Path, purpose: Purpose) -> Key:
    """Adds a key, which is in use from now on. Older keys stay until you withdraw them. Raises KeyRingError."""
    key = _make(purpose)
    with _changing(_existing(file)) as keys:
        keys.append(key)
    return key


def withdraw_key(file: Path, id: str) -> Key:
    """Removes a key from the ring for good. The caller has to know whether anything still needs it.

    Raises KeyRingError if the key is in use, was replaced less than a minute ago or is not in the ring. A key that
    signs has no such minute.
    """
    with _changing(_existing(file)) as keys:
        found = next((key for key in keys if key.id == id), None)
        if found is None:
            raise KeyRingError(f"no key {id}; ikk keys list shows them")
        later = [key for key in keys[keys.index(found) + 1 :] if key.purpose == found.purpose]
        if not later:
            raise KeyRingError(f"{id} is the {found.purpose} key in use; rotate first")
        age = datetime.now(UTC) - datetime.fromisoformat(later[0].made_at)
        if found.purpose not in SIGNING and age.total_seconds() < _SETTLED_SECONDS:
            raise KeyRingError(
                f"{id} was in use until just now, and rows made with it may not be stored yet; wait a minute"
            )
        keys.remove(found)
    return found


def _existing(file: Path) -> Path:
    if not file.exists():
        raise KeyRingError(f"no key ring at {file}; see IKK_KEYS_FILE")
    return file


def _make(purpose: Purpose) -> Key:
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    if purpose in SIGNING:
        pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        secret = pem.decode("ascii")
    return Key(secrets.token_hex(6), purpose, datetime.now(UTC).isoformat(timespec="seconds"), secret)


def read_keys(file: Path) -> list[Key]:
    """The keys in a file, which may lack some kinds. There is none if the file is missing.

    Raises OSError, and KeyRingError if the file is broken.
    """
    if not file.exists():
        return []
    try:
        return [Key(**each) for each in json.loads(file.read_text("utf-8-sig"))["keys"]]
    except (ValueError, KeyError, TypeError):
        raise KeyRingError(f"{file} is not a key ring; see IKK_KEYS_FILE") from None


@contextmanager
def _changing(file: Path) -> Iterator[list[Key]]:
    """The keys, to be changed in the block. One process writes at a time.

    The new file is written beside the old one, readable only by its owner, and then replaces it as a whole.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file.with_name(f".{file.name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keys = read_keys(file)
        yield keys
        handle, aside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with open(handle, "w", encoding="utf-8") as opened:
            json.dump({"keys": [asdict(key) for key in keys]}, opened, indent=1)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(aside, file)
