"""Devices: phones with ODK Collect, each with a secret of its own. The only writer of `device`.

The secret stands in the path of the phone's address, or is its app password. It can send interviews in the villages
where its person may do so at that moment, and fetch the forms for them. It can do nothing else. It lives longer than a
sign-in, because phones are offline for weeks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import ROLES, Caller, span_of
from app.formats.collect_settings import make_settings, pack_settings
from app.models import Device, Person, RoleGrant
from app.platform.codes import digest_opaque, make_device_secret
from app.problems import Fault, Problem, kinds, read_shape
from app.schemas.access.device import DeviceIn, DeviceOut, DevicesOut, NewDeviceOut
from app.schemas.access.person import SlipGrantOut
from app.services.access.grants import areas_given, grants_now, is_live
from app.services.access.people import find_seen, refuse_stronger
from app.services.access.slips import describe_places
from app.services.audit.queue import record

SCOPE: Final = "submissions:write"
PHONES: Final = "/odk"
"""The path below which phones find their forms. Below it, `/k/{secret}` is that of one device."""
_MOST_LIVE: Final = 10


@dataclass(frozen=True, slots=True)
class Made:
    """A new device with its secret, which nobody can look up later, and whose it is."""

    device: DeviceOut
    secret: str
    username: str
    name: str
    """The person's."""
    places: Sequence[SlipGrantOut] = ()
    """Where the person may interview, now or later."""


async def create_device(session: AsyncSession, caller: Caller, person: UUID | str, content: Mapping[str, Any]) -> Made:
    """Creates a device of a person from a body of shape DeviceIn.

    Raises faults, not-found, account-beyond-caller, and a fault for a person who has too many.
    """
    found, grants = await find_seen(session, caller, person, lock=True)
    refuse_stronger(caller, found, grants)
    wanted, faults = read_shape(DeviceIn, content)
    live = select(func.count()).where(col(Device.person_id) == found.id, col(Device.ended_at).is_(None))
    if (await session.scalar(live) or 0) >= _MOST_LIVE:
        faults.append(Fault("too_many_devices", pointer="", limits={"limit": _MOST_LIVE}))
    if wanted is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    secret = make_device_secret()
    device = Device(
        id=uuid4(),
        person_id=found.id,
        name=wanted.name,
        digest=digest_opaque(secret),
        created_at=datetime.now(UTC),
        created_by=UUID(caller.id),
    )
    session.add(device)
    region = span_of(each.region for each in grants)
    await record(session, caller, "device.create", region=region, subject=f"person:{found.id}", device=str(device.id))
    places = sorted({(each.role, each.region) for each in grants if is_live(each, datetime.now(UTC)) and _sends(each)})
    return Made(_out(device), secret, found.username, found.name, await describe_places(session, places))


def _sends(grant: RoleGrant) -> bool:
    return grant.role in ROLES and SCOPE in ROLES[grant.role].scopes


def set_up(made: Made, address: str) -> NewDeviceOut:
    """Returns a new device with what its phone needs. `address` is the public one of the service."""
    server_url = f"{address}{PHONES}/k/{made.secret}"
    settings = pack_settings(make_settings(server_url, made.username))
    return NewDeviceOut(
        **dict(made.device), username=made.username, secret=made.secret, server_url=server_url, settings=settings
    )


async def list_devices(session: AsyncSession, caller: Caller, person: UUID | str) -> DevicesOut:
    """Returns a person's devices, the newest first. Raises not-found."""
    found, _ = await find_seen(session, caller, person)
    query = select(Device).where(col(Device.person_id) == found.id)
    rows = await session.scalars(query.order_by(col(Device.created_at).desc(), col(Device.id)).limit(100))
    return DevicesOut(items=[_out(each) for each in rows])


async def end_device(session: AsyncSession, caller: Caller, person: UUID | str, *, device: UUID) -> None:
    """Revokes a device now, which stays stored. Raises not-found and account-beyond-caller."""
    found, grants = await find_seen(session, caller, person, lock=True)
    refuse_stronger(caller, found, grants)
    stored = await session.scalar(
        select(Device).where(col(Device.id) == device, col(Device.person_id) == found.id).with_for_update()
    )
    if stored is None:
        raise Problem(kinds.NOT_FOUND)
    if stored.ended_at is None:
        stored.ended_at = datetime.now(UTC)
        region = span_of(each.region for each in grants)
        await record(session, caller, "device.end", region=region, subject=f"person:{found.id}", device=str(device))


async def find_device_caller(session: AsyncSession, secret: str, username: str | None = None) -> Caller | None:
    """Returns the person behind a device's secret as the caller of a request, with `submissions:write` alone.

    None for a secret that is unknown or revoked, whose person is disabled or has no village to interview in now, or
    whose person is not `username`, if that is given. The caller's `sign_in` is the id of the device.
    """
    device = await session.scalar(select(Device).where(col(Device.digest) == digest_opaque(secret)))
    if device is None or device.ended_at is not None:
        return None
    person = await session.get(Person, device.person_id)
    if person is None or person.disabled_at is not None or username not in (None, person.username):
        return None
    area = areas_given(await grants_now(session, person.id)).get(SCOPE)
    if not area:
        return None
    now = datetime.now(UTC)
    if device.last_used_on != now.date():
        device.last_used_on = now.date()
    return Caller(
        "person",
        str(person.id),
        {SCOPE: area},
        area,
        2**62,
        token_id=str(device.id),
        sign_in=str(device.id),
        training=person.training,
    )


def _out(device: Device) -> DeviceOut:
    return DeviceOut(**device.model_dump(include={"id", "name", "created_at", "ended_at", "last_used_on"}))
