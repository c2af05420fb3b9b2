"""Instruments are published for good and loaded by running servers. The shipped files never change."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.platform.database import Connection, Database
from app.scoring.catalogue import Catalogue
from app.scoring.reading.faults import InstrumentFaults
from app.services.reference.instruments import (
    FrozenInstrumentError,
    UnreadableInstrumentError,
    publish_instrument,
    refresh_catalogue,
)
from tests.scoring.small import SMALL, changed

FILE = SMALL.encode("utf-8")
FROZEN = {
    "ikk-29-2025.1.toml": "dce51be499c7702e0f6f1bff661781a02ccaf7340f1a086295cb6c0ab8f25350",
    "ikk-29-2025.2.toml": "86b0a3ed4a96e81c0da0994514e2f102c60081f1c66e3f2da97649550eed1d80",
    "ikk-29-2026.1.toml": "8ff0b617f936e3b252ad0b0ec697ba801a7fbd4e42f47e2d9b56047f3ba5d874",
    "ikk-29-2026.2.toml": "f33a1335ed6a4fe0107cc12210efb4caf880a1728982f9815eae51403ccaeeb7",
    "ketahanan-24-2016.1.toml": "dfac63821ed703e37b4d94a9b14adf1a2b6401010ba732e374d7cbc5d4a0a767",
    "ketahanan-24-2016.2.toml": "06f204d641774e398d244403b49af2150eb512393318798098c99907773fe5c7",
    "ketahanan-24-2016.3.toml": "b2dee1722407b907697ad7e500a6935c411fdad48f8002ea1cffb8719a6728ac",
}
"""Digests of the shipped files. A file that scored submissions never changes, so a change is a new file and line."""
SHIPPED = [" ".join(file.removesuffix(".toml").rsplit("-", 1)) for file in sorted(FROZEN)]
"""Code and version of each, such as `ikk-29 2025.2`."""


@pytest.fixture
async def database(database: Database) -> AsyncIterator[Database]:
    """The application's database. Instruments that a test publishes are deleted afterwards."""
    yield database
    async with database.connection() as bare:
        await bare.execute("DELETE FROM instrument WHERE code = 'small'")


async def publish(database: Database, file: bytes) -> bool:
    async with database.session() as session:
        return await publish_instrument(session, file)


async def refresh(database: Database, catalogue: Catalogue) -> list[str]:
    async with database.session() as session:
        await refresh_catalogue(session, catalogue)
    return sorted(f"{each.instrument.code} {each.instrument.version}" for each in catalogue)


def test_the_shipped_files_never_change() -> None:
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in SHIPPED_INSTRUMENTS.glob("*.toml")}
    assert files == FROZEN


async def test_a_file_is_published_once(database: Database) -> None:
    assert await publish(database, FILE) is True
    assert await publish(database, FILE) is False


async def test_other_bytes_under_a_published_version_are_refused(database: Database, connection: Connection) -> None:
    await publish(database, FILE)
    with pytest.raises(FrozenInstrumentError, match=r"small 1\.0 is published with digest sha-256:.* a new version"):
        await publish(database, FILE + b"\n")
    assert await connection.fetchval("SELECT file FROM instrument WHERE code = 'small'") == SMALL


async def test_a_new_version_stands_beside_the_old_one(database: Database) -> None:
    catalogue = Catalogue()
    await publish(database, FILE)
    await publish(database, changed('version = "1.0"', 'version = "1.1"').encode("utf-8"))
    assert {"small 1.0", "small 1.1"} <= set(await refresh(database, catalogue))
    latest = catalogue.latest("small")
    assert latest is not None
    assert latest.instrument.version == "1.1"


async def test_the_latest_version_is_the_one_that_became_valid_last(database: Database) -> None:
    catalogue = Catalogue()
    await publish(database, FILE)
    older = changed('version = "1.0"', 'version = "0.9"', changed("2024-01-01", "2023-01-01"))
    await publish(database, older.encode("utf-8"))
    await refresh(database, catalogue)
    latest = catalogue.latest("small")
    assert latest is not None
    assert latest.instrument.version == "1.0"


async def test_a_bad_file_is_not_published(database: Database, connection: Connection) -> None:
    with pytest.raises(InstrumentFaults):
        await publish(database, changed("minimum_answered = 2", "minimum_answered = 9").encode("utf-8"))
    assert await connection.fetchval("SELECT count(*) FROM instrument WHERE code = 'small'") == 0


async def test_a_running_server_takes_in_what_is_published_meanwhile(database: Database) -> None:
    catalogue = Catalogue()
    before = await refresh(database, catalogue)
    assert before == SHIPPED
    kept = list(catalogue)
    await publish(database, FILE)
    assert await refresh(database, catalogue) == [*before, "small 1.0"]
    assert all(again is each for again, each in zip(catalogue, kept, strict=False))


async def test_what_a_server_reads_back_is_what_was_published(database: Database) -> None:
    windows = SMALL.replace("\n", "\r\n").encode("utf-8")
    await publish(database, windows)
    catalogue = Catalogue()
    await refresh(database, catalogue)
    published = catalogue.find("small", "1.0")
    assert published is not None
    assert published.instrument.digest == "sha-256:" + hashlib.sha256(windows).hexdigest()


async def test_one_that_this_version_cannot_read_does_not_keep_the_others_out(
    database: Database, connection: Connection
) -> None:
    await publish(database, FILE)
    await connection.execute(
        "UPDATE instrument SET file = replace(file, 'format = 1', 'format = 2') WHERE code = 'small'"
    )
    catalogue = Catalogue()
    with pytest.raises(UnreadableInstrumentError, match=r"small 1\.0"):
        await refresh(database, catalogue)
    assert catalogue.loaded
    assert sorted(" ".join((each.instrument.code, each.instrument.version)) for each in catalogue) == SHIPPED


async def test_a_new_file_is_read_strictly_but_a_published_one_stays_published(
    database: Database, connection: Connection
) -> None:
    lenient = changed("weight = 1.5", 'weight = "1.5"').encode("utf-8")
    with pytest.raises(InstrumentFaults, match="without quotes"):
        await publish(database, lenient)
    await publish(database, FILE)
    digest = "sha-256:" + hashlib.sha256(lenient).hexdigest()
    await connection.execute(
        "UPDATE instrument SET digest = $1, file = $2 WHERE code = 'small'", digest, lenient.decode("utf-8")
    )
    assert await publish(database, lenient) is False
