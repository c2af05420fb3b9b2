"""What is held is deleted in time, encrypted again after a rotation, and measured."""

from uuid import UUID

from app.jobs.held_clocks import show_held
from app.platform.database import EVERYWHERE, Connection, Database
from app.platform.encryption import Vault
from app.services.intake.held import count_stale_held, reencrypt_held
from app.services.intake.held_retention import forget_held
from tests.support.factories import EVERYTHING, Client
from tests.support.families import rotate
from tests.support.held import HELD, keep_broken, make_conflict

AGE = "UPDATE held_submission SET received_at = now() - make_interval(days => $2) WHERE id = $1"


async def test_it_is_deleted_in_time(caller: Client, database: Database, connection: Connection) -> None:
    _, old = await keep_broken(caller)
    _, young = await make_conflict(caller)
    await connection.execute(AGE, UUID(old), 91)
    await connection.execute(AGE, UUID(young), 89)
    async with database.session(EVERYWHERE) as session:
        assert await forget_held(session, days=90, training_days=30, most=10) == 1
    assert [str(row["id"]) for row in await connection.fetch("SELECT id FROM held_submission")] == [young]
    entry = await connection.fetchrow("SELECT * FROM audited WHERE kind = 'held.expire'")
    assert '"count":1' in entry["detail"].replace(" ", "")


async def test_training_goes_as_training_interviews_do(
    caller: Client, database: Database, connection: Connection
) -> None:
    _, held = await keep_broken(caller, purpose="training")
    await connection.execute(AGE, UUID(held), 31)
    async with database.session(EVERYWHERE) as session:
        assert await forget_held(session, days=90, training_days=30, most=10) == 1


async def test_it_is_encrypted_again_after_a_rotation(
    caller: Client, database: Database, connection: Connection
) -> None:
    _, held = await make_conflict(caller)
    before = await connection.fetchrow("SELECT * FROM held_submission")
    rotate(caller.app, "matching", "identity")
    vault: Vault = caller.app.state.vault
    async with database.session(EVERYWHERE) as session:
        assert await count_stale_held(session, vault) == 1
        done = await reencrypt_held(session, vault, after=UUID(int=0))
    assert (done.families, done.unreadable) == (1, 0)
    after = await connection.fetchrow("SELECT * FROM held_submission")
    assert after["key_id"] == vault.current()[0] != before["key_id"]
    async with database.session(EVERYWHERE) as session:
        assert await count_stale_held(session, vault) == 0
        assert (await reencrypt_held(session, vault, after=UUID(int=0))).last is None
    assert (await caller.get(f"{HELD}/{held}")).json()["answers"]


async def test_what_cannot_be_decrypted_stays(caller: Client, database: Database, connection: Connection) -> None:
    await make_conflict(caller)
    await connection.execute("UPDATE held_submission SET encrypted = set_byte(encrypted, 20, 0) WHERE true")
    await connection.execute("UPDATE held_submission SET encrypted = encrypted || 'x'::bytea")
    rotate(caller.app, "identity")
    async with database.session(EVERYWHERE) as session:
        done = await reencrypt_held(session, caller.app.state.vault, after=UUID(int=0))
    assert (done.families, done.unreadable) == (0, 1)


async def test_the_metrics_measure_it(caller: Client, database: Database, connection: Connection) -> None:
    _, held = await keep_broken(caller)
    await keep_broken(caller, 2)
    await make_conflict(caller)
    await connection.execute(AGE, UUID(held), 80)
    await show_held(database, caller.app.state.metrics, days=90)
    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    text = (await caller.get("/metrics")).text
    assert 'ikk_held_open{kind="faulty"} 2.0' in text
    assert 'ikk_held_open{kind="conflict"} 1.0' in text
    assert 'ikk_held_expiring{kind="faulty"} 1.0' in text
    oldest = next(line for line in text.splitlines() if line.startswith('ikk_held_oldest_seconds{kind="faulty"}'))
    assert abs(float(oldest.split()[1]) - 80 * 86400) < 600
