"""No sequence of actions gives callers more than they hold, not even as the people whose accounts they made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import COMMAND, ROLES, SCOPES, Caller, RoleName, areas_of, is_self, may_give, may_grant, span_of
from app.models import Person, RoleGrant
from app.platform.database import EVERYWHERE, Database
from app.problems import Problem
from app.problems.problem_texts import ACCOUNT_BEYOND, FAULTS, GRANT_BEYOND, NOT_FOUND
from app.schemas.access.person import NewCodeGrantOut
from app.services.access import appointing, people
from app.services.access.appointing import add_grant, create_person, import_people
from app.services.access.people_files import read_people
from tests.support.accounts import OTHER_VILLAGE, VILLAGE, body_of

REGIONS = ("ID", "63", "6372", "637206", VILLAGE, "6371", OTHER_VILLAGE)
USERNAMES = tuple(f"orang.{number}" for number in range(5))
ACTIONS = ("create", "import", "grant", "end", "code", "disable", "enable", "rename", "become")

roles_in_regions = st.tuples(st.sampled_from(tuple(ROLES)), st.sampled_from(REGIONS))
actions = st.tuples(
    st.sampled_from(ACTIONS), st.sampled_from(USERNAMES), st.sampled_from(tuple(ROLES)), st.sampled_from(REGIONS)
)
areas = st.dictionaries(
    st.sampled_from(tuple(SCOPES)), st.lists(st.sampled_from(REGIONS), min_size=1, max_size=2, unique=True)
)


def caller_of(held: dict[str, Any], kind: Any = "person", id: str | None = None) -> Caller:
    """The caller that a token gives on a route that requires people:manage."""
    found = {scope: tuple(codes) for scope, codes in held.items()}
    return Caller(kind, id or str(uuid4()), found, found.get("people:manage", ()), 2**62)


def holds_all(caller: Caller, role: str, region: str) -> bool:
    """Whether the caller holds each scope of the role in the region or in a region above it."""
    around = {"ID", *(region[:length] for length in (2, 4, 6, 10) if length <= len(region))}
    return all(around & set(caller.areas.get(scope, ())) for scope in ROLES[role].scopes)


@dataclass
class Attempt:
    """What somebody does. opened: the accounts of which they have a code"""

    session: AsyncSession
    admin: Caller
    acting: Caller
    opened: set[str] = field(default_factory=set)

    async def do(self, action: tuple[str, str, str, str]) -> None:
        what, username, role, region = action
        if what == "become":
            await self._become(username)
        elif self.acting.regions:
            try:
                async with self.session.begin_nested():
                    await self._change(what, username, role, region)
            except Problem as problem:
                if problem.kind not in (ACCOUNT_BEYOND, GRANT_BEYOND, NOT_FOUND, FAULTS):
                    raise

    async def _become(self, username: str) -> None:
        """Acts from now on as a person whose code an earlier action returned."""
        if username in self.opened:
            person = (await self.session.scalars(select(Person).where(col(Person.username) == username))).one()
            held = areas_of([(each.role, each.region) for each in await live_grants(self.session, username)])
            self.acting = caller_of(held, id=str(person.id))

    async def _change(self, what: str, username: str, role: str, region: str) -> None:
        session, caller = self.session, self.acting
        match what:
            case "create":
                await create_person(session, caller, body_of(username, (role, region)), code_days=1)
            case "import":
                file = await read_people(f"username,name,role,region\n{username},Orang,{role},{region}\n".encode())
                await import_people(session, caller, file, code_days=1)
            case "grant":
                added = await add_grant(session, caller, username, {"role": role, "region": region}, code_days=14)
                if isinstance(added, NewCodeGrantOut):
                    self.opened.add(username)
            case "end":
                held = [each for each in await live_grants(session, username) if each.role == role]
                for each in held:
                    await appointing.end_grant(session, caller, username, grant=each.id)
            case "code":
                await people.give_code(session, caller, username, code_days=1)
            case "disable":
                await people.disable_person(session, caller, username)
            case "enable":
                await people.enable_person(session, caller, username)
            case "rename":
                await people.change_person(session, caller, username, {"name": "Orang"})
        if what in ("create", "import", "code"):
            self.opened.add(username)

    async def check(self, before: set[UUID]) -> None:
        """Checks that all grants and codes lie within what the administrator held at the start."""
        for each in await self.session.scalars(select(RoleGrant)):
            if each.id not in before:
                assert holds_all(self.admin, each.role, each.region), (each.role, each.region)
        for username in self.opened:
            for each in await live_grants(self.session, username):
                assert holds_all(self.admin, each.role, each.region), (username, each.role, each.region)


async def live_grants(session: AsyncSession, username: str) -> list[RoleGrant]:
    query = select(RoleGrant).join(Person, col(Person.id) == col(RoleGrant.person_id))
    query = query.where(col(Person.username) == username, col(RoleGrant.ended_at).is_(None))
    return list(await session.scalars(query))


class RolledBackError(Exception):
    """Ends an attempt and rolls back what it stored."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    held=areas,
    roles=st.lists(roles_in_regions, max_size=2),
    others=st.lists(st.lists(roles_in_regions, min_size=1, max_size=2), max_size=3),
    sequence=st.lists(actions, min_size=1, max_size=12),
)
async def test_it_works(
    database: Database,
    held: dict[str, list[str]],
    roles: list[tuple[str, str]],
    others: list[list[tuple[str, str]]],
    sequence: Sequence[tuple[str, str, str, str]],
) -> None:
    admin = caller_of({**held, **areas_of([*roles, ("agency_administrator", "6372")])} if roles else held)
    try:
        async with database.session(EVERYWHERE) as session:
            for username, granted in zip(USERNAMES, others, strict=False):
                await give(session, username, granted)
            before = set(await session.scalars(select(col(RoleGrant.id))))
            attempt = Attempt(session, admin, admin)
            for action in sequence:
                await attempt.do(action)
            await attempt.check(before)
            raise RolledBackError
    except RolledBackError:
        pass


async def give(session: AsyncSession, username: str, granted: list[tuple[str, str]]) -> None:
    """Stores a person with grants in the tables, because other people in a test may hold any role anywhere."""
    person, now = uuid4(), datetime.now(UTC)
    session.add(Person(id=person, username=username, name="Orang", created_at=now, password_hash="known to some"))
    await session.flush()
    for role, region in granted:
        grant = RoleGrant(
            id=uuid4(),
            person_id=person,
            role=role,
            region=region,
            valid_from=now,
            granted_at=now,
            granted_by=UUID(COMMAND.id),
        )
        session.add(grant)
    await session.flush()


async def test_an_attempt_can_succeed(database: Database) -> None:
    """This shows that the test above does not consist only of refusals."""
    admin = caller_of(areas_of([("agency_administrator", "6372")]))
    sequence = [
        ("create", "orang.0", "agency_administrator", "637206"),
        ("become", "orang.0", "kader", "ID"),
        ("import", "orang.1", "kader", VILLAGE),
        ("grant", "orang.1", "supervisor", "637206"),
        ("grant", "orang.1", "supervisor", "6372"),
        ("grant", "orang.0", "supervisor", "637206"),
        ("code", "orang.1", "kader", "ID"),
        ("end", "orang.1", "supervisor", "ID"),
    ]
    try:
        async with database.session(EVERYWHERE) as session:
            attempt = Attempt(session, admin, admin)
            for action in sequence:
                await attempt.do(action)
            found = [
                (each.role, each.region, each.ended_at is None) for each in await session.scalars(select(RoleGrant))
            ]
            assert sorted(found) == [
                ("agency_administrator", "637206", True),
                ("kader", VILLAGE, True),
                ("supervisor", "637206", False),
            ]
            assert attempt.opened == {"orang.0", "orang.1"}
            await attempt.check(set())
            raise RolledBackError
    except RolledBackError:
        pass


def test_the_command_line_may_grant_everything_everywhere() -> None:
    assert all(may_grant(COMMAND, role, region) for role in ROLES for region in REGIONS)


def test_a_role_that_is_not_known_any_more_is_nobodys_to_grant() -> None:
    assert not may_grant(COMMAND, "queen", VILLAGE)


def test_scopes_are_given_only_where_the_authority_is_held_too() -> None:
    caller = caller_of({"people:manage": ["6372"], "agencies:manage": ["6371"], "audit:read": ["63"]})
    assert may_give(caller, ["audit:read"], "637206", authority="people:manage")
    assert not may_give(caller, ["audit:read"], "637206", authority="agencies:manage")
    assert not may_give(caller, ["audit:read"], "6371", authority="people:manage")
    assert not may_give(caller, ["audit:read"], "63", authority="people:manage")
    assert not may_give(caller, ["metrics:read"], "6372", authority="people:manage")


def test_only_the_same_account_is_ones_own() -> None:
    caller = caller_of({}, id="b7a1f0c2-5a52-4f0b-9a55-6f1e0c1a33a5")
    assert is_self(caller, "person", UUID(caller.id))
    assert not is_self(caller, "agency", UUID(caller.id))
    assert not is_self(caller, "person", uuid4())


def test_the_span_of_regions_is_the_smallest_that_holds_them() -> None:
    assert span_of([VILLAGE]) == VILLAGE
    assert span_of([VILLAGE, "6372061005"]) == "637206"
    assert span_of([VILLAGE, "637206"]) == "637206"
    assert span_of(["6372", "6371"]) == "63"
    assert span_of(["63", "64"]) is None
    assert span_of([VILLAGE, "ID"]) is None
    assert span_of([]) is None


def test_the_roles_of_the_wire_are_those_that_exist() -> None:
    assert set(RoleName.__args__) == set(ROLES)  # type: ignore[attr-defined]
