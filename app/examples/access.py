"""Examples of accounts of people and an agency that do not exist, with their roles, codes and secrets."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from app.examples.ids import AGENCY, DEVICE, EXPORT_KEY, GRANT, PERSON, SECRET
from app.examples.tokens import CLIENT_SECRET, CODE, ISSUER
from app.formats.collect_settings import make_settings, pack_settings
from app.schemas.access.agency import AgencyIn, AgencyOut, NewAgencyOut, NewSecretOut, SecretOut
from app.schemas.access.device import DeviceIn, DeviceOut, DevicesOut, NewDeviceOut
from app.schemas.access.export_key import ExportKeyIn, ExportKeyOut, NewExportKeyOut, OwnerOut
from app.schemas.access.person import (
    CodeOut,
    CodesOut,
    GrantIn,
    GrantOut,
    LeftOutOut,
    NewPersonOut,
    PersonChangeIn,
    PersonIn,
    PersonOut,
    SlipGrantOut,
    SlipOut,
)
from app.schemas.shapes import Page

_GIVEN_AT: Final = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
_EXPIRES_AT: Final = datetime(2026, 12, 15, 1, 30, tzinfo=UTC)
_ENDS_AT: Final = datetime(2027, 12, 31, 16, 0, tzinfo=UTC)


def make_account_examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id. The shapes check each request."""
    grant = {"role": "kader", "region": "6372061004", "valid_until": "2027-12-31"}
    account = {"username": "rina.hartati", "name": "Rina Hartati"}
    agency = {
        "client_id": "dp3a-banjarbaru",
        "name": "DP3A Kota Banjarbaru",
        "scopes": ["aggregates:read"],
        "regions": ["6372"],
    }
    requests: dict[str, tuple[type[BaseModel], dict[str, Any]]] = {
        "createPerson": (PersonIn, {**account, "grants": [grant]}),
        "updatePerson": (PersonChangeIn, {"name": "Hj. Rina Hartati"}),
        "createGrant": (GrantIn, grant),
        "createDevice": (DeviceIn, {"name": "Samsung A05 merah"}),
        "createAgency": (AgencyIn, agency),
        "createExportKey": (ExportKeyIn, {"name": "Excel bagian perencanaan", "region": "6372", "days": 180}),
    }
    for shape, body in requests.values():
        shape.model_validate(body)
    shown = {**_people(), **_devices(), **_agencies(agency), **_export_keys()}
    responses = {name: response.model_dump(mode="json", by_alias=True) for name, response in shown.items()}
    return {name: body for name, (_, body) in requests.items()}, responses


def _people() -> dict[str, BaseModel]:
    stored = {
        "id": PERSON,
        "username": "rina.hartati",
        "name": "Rina Hartati",
        "created_at": _GIVEN_AT,
        "disabled_at": None,
        "training": False,
        "password_hash": None,
        "code_digest": b"",
        "code_expires_at": _EXPIRES_AT,
    }
    grant = GrantOut.of(
        {
            "id": GRANT,
            "role": "kader",
            "region": "6372061004",
            "valid_from": _GIVEN_AT,
            "valid_until": _ENDS_AT,
            "granted_by": UUID("b7a1f0c2-5a52-4f0b-9a55-6f1e0c1a33a5"),
            "granted_at": _GIVEN_AT,
            "ended_at": None,
        }
    )
    person = PersonOut.of(stored, [grant])
    slip = CodeOut(id=person.id, username=person.username, name=person.name, code=CODE, code_expires_at=_EXPIRES_AT)
    place = SlipGrantOut(
        role=grant.role,
        region=grant.region,
        dotted=grant.dotted,
        name="Landasan Ulin Selatan",
        district="Liang Anggang",
    )
    with_role = SlipOut(**dict(slip), grants=[place])
    return {
        "createPerson": NewPersonOut(**dict(person), code=CODE),
        "importPeople": CodesOut(people=[with_role]),
        "createCodes": CodesOut(people=[with_role], left_out=[LeftOutOut(username="budi.santoso", reason="signed_in")]),
        "listPeople": Page(items=[person], next=None),
        "getPerson": person,
        "updatePerson": person.model_copy(update={"name": "Hj. Rina Hartati"}),
        "createGrant": grant,
        "createCode": slip,
        "resetSecondFactor": slip,
    }


def _devices() -> dict[str, BaseModel]:
    device = DeviceOut(
        id=DEVICE, name="Samsung A05 merah", created_at=_GIVEN_AT, ended_at=None, last_used_on=date(2026, 12, 2)
    )
    secret, username = f"ikk_device_{CLIENT_SECRET}", "rina.hartati"
    address = f"{ISSUER}/odk/k/{secret}"
    new = NewDeviceOut(
        **{**dict(device), "last_used_on": None},
        username=username,
        secret=secret,
        server_url=address,
        settings=pack_settings(make_settings(address, username)),
    )
    return {"createDevice": new, "listDevices": DevicesOut(items=[device])}


def _agencies(agency: dict[str, Any]) -> dict[str, BaseModel]:
    secret = SecretOut(id=SECRET, created_at=_GIVEN_AT)
    found = AgencyOut(
        id=AGENCY,
        **agency,
        created_at=_GIVEN_AT,
        disabled_at=None,
        secrets=[secret],
    )
    return {
        "createAgency": NewAgencyOut(**dict(found), client_secret=CLIENT_SECRET),
        "listAgencies": Page(items=[found], next=None),
        "getAgency": found,
        "createSecret": NewSecretOut(**dict(secret), client_secret=CLIENT_SECRET),
    }


def _export_keys() -> dict[str, BaseModel]:
    key = ExportKeyOut(
        id=EXPORT_KEY,
        name="Excel bagian perencanaan",
        owner=OwnerOut(kind="person", id=PERSON),
        region="6372",
        dotted="63.72",
        created_at=_GIVEN_AT,
        expires_at=_GIVEN_AT + timedelta(days=180),
        ended_at=None,
        last_used_on=None,
    )
    used = key.model_copy(update={"last_used_on": date(2026, 12, 2)})
    return {
        "createExportKey": NewExportKeyOut(**dict(key), secret=f"ikk_export_{CLIENT_SECRET}"),
        "listExportKeys": Page(items=[used], next=None),
    }
