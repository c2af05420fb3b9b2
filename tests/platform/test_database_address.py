"""How `DATABASE_URL` is read: what reaches the driver, and which sentence names what is not understood."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.config import Settings
from app.platform.database import Database
from app.platform.database_address import AddressError, read_address
from tests.commands.test_commands import Command

SECRET = "s3cr3t"
PASSWORDS = ["p%40ss", "p@ss", "a:b", "100%25", "a+b", "a%2Fb%3Fc%23d", "käse", "x#y"]


def arguments(address: str) -> dict[str, Any]:
    """What the driver is told, without what it decides itself."""
    return {name: value for name, value in read_address(address).arguments().items() if value}


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://", {}),
        ("postgres://db", {"host": ["db"]}),
        ("postgresql://ikk@db/ikk", {"user": "ikk", "host": ["db"], "database": "ikk"}),
        ("postgresql://ikk:@db:6432", {"user": "ikk", "host": ["db"], "port": [6432]}),
        ("postgresql://[::1]/x", {"host": ["::1"], "database": "x"}),
        ("postgresql://[fe80::1]:5433,b,c:7", {"host": ["fe80::1", "b", "c"], "port": [5433, 5432, 7]}),
        ("postgresql://a,b/x?port=1,2", {"host": ["a", "b"], "port": [1, 2], "database": "x"}),
        ("postgresql:///x?host=/tmp/s&port=5", {"host": ["/tmp/s"], "port": [5], "database": "x"}),
        ("postgresql://%2Frun%2Fpostgresql/x", {"host": ["/run/postgresql"], "database": "x"}),
        ("postgresql://db/a%20b", {"host": ["db"], "database": "a b"}),
        ("postgresql://db?user=u&password=p%26q&dbname=x",
         {"host": ["db"], "user": "u", "password": "p&q", "database": "x"}),
        ("postgresql://db?application_name=uji+1", {"host": ["db"], "server_settings": {"application_name": "uji+1"}}),
        ("postgresql://db?options=-c%20geqo%3Doff", {"host": ["db"], "server_settings": {"options": "-c geqo=off"}}),
        ("postgresql://db?target_session_attrs=read-write", {"host": ["db"], "target_session_attrs": "read-write"}),
        ("postgresql://db?channel_binding=prefer&gssencmode=disable", {"host": ["db"]}),
        ("postgresql://db:6000?host=other", {"host": ["other"], "port": [6000]}),
        ("postgresql://db:6000?host=other&port=7000", {"host": ["other"], "port": [7000]}),
        ("postgresql://db?sslmode=require", {"host": ["db"], "dsn": "postgresql://?sslmode=require"}),
        ("postgresql://db?ssl=true", {"host": ["db"], "dsn": "postgresql://?sslmode=require"}),
        ("postgresql://db?ssl=true&sslmode=verify-full&sslrootcert=/a%20b",
         {"host": ["db"], "dsn": "postgresql://?sslmode=verify-full&sslrootcert=%2Fa%20b"}),
        ("postgresql://db?sslrootcert=system", {"host": ["db"], "ssl": True}),
    ],
)  # fmt: skip
def test_what_the_driver_is_told(address: str, told: dict[str, Any]) -> None:
    assert arguments(address) == told


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_is_read_and_never_shown(password: str) -> None:
    address = read_address(f"postgresql://ikk:{password}@db/ikk")
    assert address.hosts == ("db",)
    assert address.arguments()["password"] == {
        "p%40ss": "p@ss",
        "100%25": "100%",
        "a%2Fb%3Fc%23d": "a/b?c#d",
    }.get(password, password)
    assert str(address.password) not in repr(address).replace("database='ikk'", "")


WRONG = [
    ("mysql://db", "postgresql://"),
    ("postgresql://db?sslmode=on", "sslmode"),
    ("postgresql://db?sslmode=", "sslmode"),
    ("postgresql://db?ssl=off", "ssl"),
    ("postgresql://db?ssl=true&sslmode=prefer", "ssl and sslmode"),
    ("postgresql://db?sslmode=verify-full", "sslrootcert"),
    ("postgresql://db?sslmode=require&sslrootcert=system", "sslrootcert"),
    ("postgresql://db?sslrootcert=/a", "sslmode"),
    ("postgresql://db?sslnegotiation=direct", "sslnegotiation"),
    ("postgresql://db?channel_binding=require", "channel_binding"),
    ("postgresql://db?gssencmode=require", "gssencmode"),
    ("postgresql://db?target_session_attrs=writer", "target_session_attrs"),
    ("postgresql://db?connect_timeout=soon", "connect_timeout"),
    ("postgresql://db?sslmode=require&sslmode=disable", "sslmode is there twice"),
    ("postgresql://db?pgbouncer=true", "pgbouncer"),
    ("postgresql://db?service=ikk", "service"),
    ("postgresql://db?keepalives=1", "keepalives"),
    ("postgresql://db:0", "port"),
    ("postgresql://db:http", "port"),
    ("postgresql://a,b?port=1,2,3", "port"),
    (f"postgresql://ikk:a/{SECRET}@db/ikk", "@"),
    (f"postgresql://ikk:1?{SECRET}=x@db/ikk", "@"),
    (f"postgresql://ikk:{SECRET}/x", "port"),
    (f"postgresql://db?{SECRET}", "?"),
]


@pytest.mark.parametrize(("address", "named"), WRONG)
def test_what_is_not_understood_is_named_without_its_value(address: str, named: str) -> None:
    with pytest.raises(AddressError) as refused:
        read_address(address)
    assert named in str(refused.value)
    assert SECRET not in str(refused.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    there = tmp_path / "root.crt"
    address = read_address(f"postgresql://db?sslmode=verify-full&sslrootcert={there}")
    with pytest.raises(AddressError, match="sslrootcert"):
        address.check_files()
    there.write_text("a certificate")
    address.check_files()


@pytest.mark.parametrize("command", ["agency list", "migrate", "serve"])
def test_a_command_ends_with_the_name_of_what_is_wrong(tmp_path: Path, command: str) -> None:
    ikk = Command(f"postgresql://ikk:{SECRET}@127.0.0.1:1/ikk?pgbouncer=true", tmp_path)
    said = ikk.stopped(*command.split(), status=2)
    assert "DATABASE_URL" in said
    assert "pgbouncer" in said
    assert SECRET not in said


async def test_parameters_of_the_address_reach_both_pools(dsn: str, settings: Settings) -> None:
    query = "application_name=uji&connect_timeout=5&options=-c%20geqo%3Doff&target_session_attrs=any&sslmode=prefer"
    seen = "SELECT current_setting('application_name') || ' ' || current_setting('geqo')"
    async with (
        Database.open(f"{dsn}&{query}", settings) as database,
        database.session() as session,
        database.connection() as connection,
    ):
        assert await session.scalar(text(seen)) == await connection.fetchval(seen) == "uji off"
