"""Limits on sign-ins: wrong secrets count for the account and for the address, and few are compared at a time.

The only writer of `failed_sign_in` and `familiar_place`. The service counts an attempt before it looks at the secret,
and gives it back if the secret was right. Many guesses at once therefore count like guesses one after another. Nothing
here knows which accounts exist.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from app.config import Settings
from app.platform.database import Connection, Database, UnavailableError
from app.platform.key_ring import KeyRing
from app.platform.sql import Statement
from app.problems import Problem, kinds

_WAIT_SECONDS: Final = 5.0
_FAMILIAR_DAYS: Final = 30
_HOST_BITS: Final = 64
"""Bits of an IPv6 address that do not count, because one customer has all of them."""
_CHARGE: Final = Statement("""
WITH counted AS MATERIALIZED (
    SELECT :address_key::bytea AS key, :address_most::int AS most
    UNION ALL
    SELECT
        CASE WHEN EXISTS (SELECT FROM familiar_place WHERE key = :place_key AND until > now())
        THEN :place_key::bytea ELSE :account_key END,
        :account_most
), full_up AS MATERIALIZED (
    SELECT max(until) AS until FROM counted JOIN failed_sign_in USING (key) WHERE failures >= most AND until > now()
), charged AS (
    INSERT INTO failed_sign_in AS kept (key, failures, until)
    SELECT key, 1, now() + make_interval(secs => :seconds)
    FROM counted WHERE (SELECT until FROM full_up) IS NULL ORDER BY key
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN kept.until > now() THEN kept.failures + 1 ELSE 1 END,
        until = CASE WHEN kept.until > now() THEN kept.until ELSE excluded.until END
    RETURNING key, failures, until
)
SELECT
    (SELECT key FROM counted WHERE key <> :address_key) AS of_account,
    ceil(extract(epoch FROM coalesce(
        (SELECT until FROM full_up),
        (SELECT max(until) FROM charged JOIN counted USING (key) WHERE failures > most)
    ) - now()))::int AS wait,
    EXISTS (SELECT FROM charged) AS charged
""")
"""It locks rows in the order of their keys, as `_GIVE_BACK` does, so that two attempts never deadlock."""
_GIVE_BACK: Final = Statement("""
WITH held AS (SELECT key FROM failed_sign_in WHERE key IN (:address_key, :account_key) ORDER BY key FOR UPDATE)
UPDATE failed_sign_in AS kept
SET failures = CASE WHEN :succeeded AND kept.key = :account_key THEN 0 ELSE greatest(failures - 1, 0) END
FROM held WHERE kept.key = held.key
""")
_KNOW_PLACE: Final = Statement("""
INSERT INTO familiar_place (key, until) VALUES (:place_key, now() + make_interval(days => :days))
ON CONFLICT (key) DO UPDATE SET until = excluded.until
""")
_FORGET: Final = (
    "DELETE FROM failed_sign_in WHERE until < now()",
    "DELETE FROM familiar_place WHERE until < now()",
)


@dataclass(slots=True)
class Attempt:
    """One comparison of a secret. It counts as a failure until `succeed` or `give_back` is called."""

    succeeded: bool = False
    returned: bool = False

    def succeed(self) -> None:
        """The secret was right. The block's end clears the account's failures and gives the address back its one."""
        self.succeeded = True

    def give_back(self) -> None:
        """Nothing was compared that could be wrong. The block's end takes this one back, and clears no failure."""
        self.returned = True


class SignIns:
    """The limits on sign-ins in one process."""

    def __init__(self, settings: Settings, keys: KeyRing) -> None:
        self._settings = settings
        self._keys = keys
        self._turns = asyncio.Semaphore(settings.sign_ins_at_once)
        self.database: Database | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A turn to run one Argon2 hash, of which few run at once. Raises busy (503) if no turn is free within 5 s."""
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            raise Problem(kinds.BUSY) from None
        try:
            yield
        finally:
            self._turns.release()

    @asynccontextmanager
    async def signing_in(self, account: str, address: str) -> AsyncIterator[Attempt]:
        """A block that compares one secret of the account and calls `succeed()` if it was right.

        `account` is the name that the client sent, even if there is no such account. `address` is the client's. Raises
        too-many-requests (429) if either has failed too often, and busy (503).

        The attempt counts as a failure if the block ends without `succeed()`, even because the client disconnected. Do
        not hold a session or connection when you enter the block. Otherwise those who wait here keep others from the
        database.
        """
        async with self.turn():
            keys = self._keys_of(account, address)
            of_account = await self._charge(keys)
            attempt = Attempt()
            try:
                yield attempt
            finally:
                # The secret was right even if the block refuses something else later, such as a new password that is
                # too short.
                if attempt.succeeded:
                    async with self._connected().connection() as connection:
                        await connection.execute(*_give_back(keys[0], of_account, succeeded=True))
                        await connection.execute(*_KNOW_PLACE.bind(place_key=keys[2], days=_FAMILIAR_DAYS))
                elif attempt.returned:
                    async with self._connected().connection() as connection:
                        await connection.execute(*_give_back(keys[0], of_account, succeeded=False))

    async def count_wrong_key(self, key: str, address: str) -> None:
        """Counts an export key that did not match. Raises too-many-requests (429) if the address sent too many.

        They count apart from sign-ins. So an old workbook that keeps asking locks nobody out of a sign-in.
        """
        await self._charge(self._keys_of(f"export key\0{key}", address, apart="export key\0"))

    async def _charge(self, keys: tuple[bytes, bytes, bytes]) -> bytes:
        """Counts an attempt. Returns the key under which it counts for the account. Raises too-many-requests."""
        settings = self._settings
        charge = _CHARGE.bind(
            address_key=keys[0],
            account_key=keys[1],
            place_key=keys[2],
            address_most=settings.sign_in_failures_per_address,
            account_most=settings.sign_in_failures_per_account,
            seconds=float(settings.sign_in_window_seconds),
        )
        async with self._connected().connection() as connection:
            row = await connection.fetchrow(*charge)
            if row["charged"] and row["wait"] is not None:
                # Another attempt used the last one at the same time. A refused attempt does not count.
                await connection.execute(*_give_back(keys[0], row["of_account"], succeeded=False))
        if row["wait"] is not None:
            raise Problem(kinds.TOO_MANY_REQUESTS, wait=row["wait"])
        of_account: bytes = row["of_account"]
        return of_account

    def _connected(self) -> Database:
        if self.database is None:
            raise UnavailableError
        return self.database

    def _keys_of(self, account: str, address: str, *, apart: str = "") -> tuple[bytes, bytes, bytes]:
        """Keyed digests of the address, of the account, and of the account at the address.

        apart: keeps what is counted here from the address's other attempts
        """
        secret = self._keys.current("matching").raw
        name, place = account.strip().casefold(), _network_of(address)
        texts = (f"{apart}address\0{place}", f"account\0{name}", f"place\0{place}\0{name}")
        address_key, account_key, place_key = (
            hmac.digest(secret, b"throttle\0" + text.encode("utf-8", "surrogatepass"), "sha256") for text in texts
        )
        return address_key, account_key, place_key


def _give_back(address_key: bytes, account_key: bytes, *, succeeded: bool) -> list[Any]:
    return _GIVE_BACK.bind(address_key=address_key, account_key=account_key, succeeded=succeeded)


async def forget_failures(connection: Connection) -> None:
    """Deletes expired failures and expired rows of `familiar_place`."""
    for statement in _FORGET:
        await connection.execute(statement)


def _network_of(address: str) -> str:
    """The network that counts as one address: 64 bits of an IPv6 address, or the IPv4 address inside an IPv6 one."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return f"{int(parsed) >> _HOST_BITS:x}/64"
        return str(parsed.ipv4_mapped)
    return str(parsed)
