"""Proves the secret of a phone, and counts the wrong ones."""

from app.access import Caller
from app.platform.codes import digest_opaque
from app.platform.database import Database
from app.platform.throttle import Throttle
from app.services.access.devices import find_device_caller


async def prove_device(
    secret: str, username: str | None = None, *, address: str, database: Database, throttle: Throttle
) -> Caller | None:
    """Returns the person behind the secret as the caller of this request, or None. See `find_device_caller`.

    What is wrong counts for the address, which gets too-many-requests (429) after some of them. A right secret passes
    even then, so that one phone with an old address does not lock out an office.
    """
    async with database.session() as session:
        caller = await find_device_caller(session, secret, username)
    if caller is None:
        await throttle.count_wrong_key(f"device {digest_opaque(secret).hex()}", address)
    return caller
