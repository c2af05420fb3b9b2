"""A person puts a second factor of their own in use, and gets recovery codes.

Every change of one's own asks for the password again, so a stolen token or refresh token is not enough.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.models import Person
from app.platform.database import Database
from app.platform.encryption import Vault
from app.platform.otp import address_of_secret, draw_qr
from app.platform.throttle import Throttle
from app.platform.tokens import Tokens
from app.problems import Problem, kinds, read_shape
from app.schemas.access.second_factor import (
    FactorConfirmIn,
    FactorOut,
    FactorProofIn,
    NewFactorOut,
    RecoveryCodesOut,
)
from app.services.access.people_tokens import Account, account_name, refuse_account, refuse_sign_in
from app.services.access.revocations import hold_account, transaction
from app.services.access.second_factors import (
    begin_factor,
    check_form_of,
    confirm_factor,
    find_factor,
    make_recovery_codes,
    record_own,
    refuse_shown,
    settle,
    show_factor,
)
from app.services.access.sign_ins import end_sign_ins

_GRANT: Final = "second_factor"
Body = TypeVar("Body", bound=BaseModel)


async def get_factor(session: AsyncSession, caller: Caller, tokens: Tokens) -> FactorOut:
    """Returns since when the caller has a second factor, and how many recovery codes are left."""
    since, left = await find_factor(session, _person(caller))
    return FactorOut(since=since, recovery_codes_left=left, needed_for=list(tokens.factor_scopes))


async def begin_enrolment(
    caller: Caller,
    content: Mapping[str, Any],
    *,
    address: str,
    database: Database,
    throttle: Throttle,
    tokens: Tokens,
    vault: Vault,
) -> NewFactorOut:
    """Returns a new secret for an authenticator app. Raises faults, people-only and what `_prove` raises."""
    person = await _prove(caller, content, address=address, database=database, throttle=throttle, vault=vault)
    async with database.session() as session:
        await hold_account(session, "person", person.id)
        secret = await begin_factor(session, person.id, vault, now=datetime.now(UTC))
    uri = address_of_secret(secret, person.username, f"IKK {urlsplit(tokens.issuer).hostname}")
    return NewFactorOut(secret=secret, uri=uri, qr=draw_qr(uri))


async def confirm(
    caller: Caller, content: Mapping[str, Any], *, database: Database, tokens: Tokens, vault: Vault
) -> RecoveryCodesOut:
    """Puts the new secret in use, and ends all sign-ins, also the caller's own. Returns recovery codes.

    Raises faults, people-only, second-factor-wrong, second-factor-not-begun and too-many-requests.
    """
    person = _person(caller)
    asked = _read(FactorConfirmIn, content)
    check_form_of(asked.otp)
    codes = list[str]()
    async with transaction(database, tokens) as session:
        await hold_account(session, "person", person)
        outcome = await confirm_factor(session, person, asked.otp, vault, now=datetime.now(UTC))
        if outcome == "right":
            codes = await make_recovery_codes(session, person)
            await end_sign_ins(session, person)
            await record_own(session, person, "factor.enrol")
        elif outcome is not None:
            await refuse_sign_in(session, person, grant=_GRANT, reason=_GRANT)
    if outcome is None:
        raise Problem(kinds.SECOND_FACTOR_NOT_BEGUN)
    refuse_shown(outcome)
    return RecoveryCodesOut(recovery_codes=codes)


async def renew_recovery_codes(
    caller: Caller,
    content: Mapping[str, Any],
    *,
    address: str,
    database: Database,
    throttle: Throttle,
    vault: Vault,
) -> RecoveryCodesOut:
    """Returns ten new recovery codes and ends the earlier ones. Raises what `begin_enrolment` raises, and not-found."""
    person = await _prove(caller, content, address=address, database=database, throttle=throttle, vault=vault)
    async with database.session() as session:
        await hold_account(session, "person", person.id)
        if (await find_factor(session, person.id))[0] is None:
            raise Problem(kinds.NOT_FOUND)
        codes = await make_recovery_codes(session, person.id)
        await record_own(session, person.id, "factor.codes")
    return RecoveryCodesOut(recovery_codes=codes)


async def _prove(
    caller: Caller,
    content: Mapping[str, Any],
    *,
    address: str,
    database: Database,
    throttle: Throttle,
    vault: Vault,
) -> Person:
    """Returns the caller if the body has their password, and a code of the second factor in use if there is one.

    It counts guesses as a sign-in does. Raises invalid-grant, second-factor-required, second-factor-wrong and
    too-many-requests.
    """
    holder = _person(caller)
    asked = _read(FactorProofIn, content)
    check_form_of(asked.otp)
    async with database.session() as session:
        person = await session.get(Person, holder)
    account = Account(person)
    async with throttle.signing_in(account_name(person.username if person is not None else ""), address) as attempt:
        if await account.match(asked.password) is None or person is None:
            await refuse_account(account, _GRANT, address=address, database=database)
        async with database.session() as session:
            shown = await show_factor(session, holder, asked.otp, vault, now=datetime.now(UTC))
            if shown in ("asked", "wrong", "limited"):
                await refuse_sign_in(session, holder, grant=_GRANT, reason=_GRANT)
        settle(attempt, shown)
    refuse_shown(shown)
    return person


def _person(caller: Caller) -> UUID:
    if caller.kind != "person":
        raise Problem(kinds.PEOPLE_ONLY)
    return UUID(caller.id)


def _read(shape: type[Body], content: Mapping[str, Any]) -> Body:
    found, faults = read_shape(shape, content)
    if found is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    return found
