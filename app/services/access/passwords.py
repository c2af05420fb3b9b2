"""Sets a person's own password. The proof is a one-time code or the old password."""

import asyncio
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller, span_of
from app.models import Person
from app.platform.codes import digest_code, is_code
from app.platform.database import Database
from app.platform.encryption import Vault
from app.platform.secrets import hash_password, password_matches
from app.platform.throttle import Throttle
from app.platform.tokens import Tokens
from app.problems import Fault, Problem, fault_in, kinds, read_shape
from app.problems.fault_texts import Texts
from app.schemas.access.token import PasswordIn
from app.services.access.grants import live_grants
from app.services.access.people import store_password
from app.services.access.people_tokens import account_name, find_account, refuse_account, refuse_sign_in
from app.services.access.revocations import transaction
from app.services.access.second_factors import Shown, check_form_of, refuse_shown, settle, show_factor
from app.services.access.sign_ins import end_sign_ins
from app.services.access.weak_passwords import has_wrong_length, is_guessable
from app.services.audit.queue import record

_ONE_PROOF: Final[Texts] = (
    "Isi salah satu saja: code (kode sekali pakai) atau password (kata sandi lama).",
    "Fill in only one of them: code (the one-time code) or password (the old password).",
)


async def change_password(
    form: Mapping[str, str], *, address: str, database: Database, tokens: Tokens, throttle: Throttle, vault: Vault
) -> None:
    """Sets a person's password from a form of shape PasswordIn, and ends all their sign-ins.

    A one-time code is the proof, or the old password with a code of the second factor if there is one. No connection is
    held while passwords are compared and hashed. Raises faults and the refusals of RFC 6749.
    """
    asked = _read_change(form)
    async with throttle.signing_in(account_name(asked.username), address) as attempt:
        async with database.session() as session:
            account = await find_account(session, asked.username)
        person = account.person
        if not await _proves(asked, person) or person is None:
            await refuse_account(account, "new_password", address=address, database=database)
        shown = await _show(asked, person, database, vault)
        settle(attempt, shown)
        refuse_shown(shown)
        await _check_strength(asked, person)
        hashed = await asyncio.to_thread(hash_password, asked.new_password)
    async with transaction(database, tokens) as session:
        done = await _set_password(session, person, asked, hashed=hashed)
    if not done:
        await refuse_account(account, "new_password", address=address, database=database)


def _read_change(form: Mapping[str, str]) -> PasswordIn:
    """Returns the form in its shape. Raises every fault that shows without knowledge of the person."""
    asked, found = read_shape(PasswordIn, dict(form))
    if asked is None:
        raise Problem(kinds.FAULTS, faults=found)
    if asked.code is None and asked.password is None:
        found.append(fault_in(PasswordIn, "missing", ("code",)))
    if asked.code is not None and asked.password is not None:
        found.append(Fault("unknown_member", "/password", texts=_ONE_PROOF))
    if asked.code is not None and not is_code(asked.code):
        # No account has such a code, so nothing is compared, and a slip of the pen does not count as a guess.
        found.append(Fault("code_format", "/code"))
    if has_wrong_length(asked.new_password):
        found.append(Fault("password_length", "/new_password"))
    if found:
        raise Problem(kinds.FAULTS, faults=found)
    check_form_of(asked.otp)
    return asked


async def _check_strength(asked: PasswordIn, person: Person) -> None:
    """Raises a fault if the new password is easy to guess, for example made of its owner's name.

    Only a caller who has proven to be the owner may learn this. The estimate takes some milliseconds of CPU too.
    """
    if await asyncio.to_thread(is_guessable, asked.new_password, person.username, person.name):
        raise Problem(kinds.FAULTS, faults=[Fault("password_guessable", "/new_password")])


async def _show(asked: PasswordIn, person: Person, database: Database, vault: Vault) -> Shown:
    """Returns what was shown of the second factor. A one-time code asks for none."""
    if asked.password is None:
        return "none"
    async with database.session() as session:
        shown = await show_factor(session, person.id, asked.otp, vault, now=datetime.now(UTC))
        if shown in ("asked", "wrong", "limited"):
            await refuse_sign_in(session, person.id, grant="new_password", reason="second_factor")
    return shown


async def _proves(asked: PasswordIn, person: Person | None) -> bool:
    """Returns whether the code or the old password is the person's, and the person is not disabled.

    It takes as long if there is no such account.
    """
    if asked.code is not None:
        stored = person.code_digest if person is not None else None
        expires = person.code_expires_at if person is not None else None
        matched = hmac.compare_digest(digest_code(asked.code), stored or bytes(32))
        matched = matched and expires is not None and expires > datetime.now(UTC)
    else:
        hashed = person.password_hash if person is not None else None
        matched = await asyncio.to_thread(password_matches, asked.password or "", hashed)
    return matched and person is not None and person.disabled_at is None


async def _set_password(session: AsyncSession, person: Person, asked: PasswordIn, *, hashed: str) -> bool:
    """Stores and audits the new password and ends all sign-ins. Returns False where `store_password` does."""
    if not await store_password(session, person, hashed, by_code=asked.code is not None):
        return False
    await end_sign_ins(session, person.id)
    regions = [each.region for each in await live_grants(session, person.id)]
    await record(
        session,
        Caller("person", str(person.id), {}, (), 0),
        "person.password",
        region=span_of(regions) if regions else None,
        subject=f"person:{person.id}",
        proof="password" if asked.code is None else "code",
    )
    return True
