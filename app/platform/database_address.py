"""Reads `DATABASE_URL`, a PostgreSQL connection URI as libpq defines it, once for both pools, migrations and commands.

What asyncpg can do is passed on to it. Everything else is refused by name, because a parameter that is dropped, such as
one that asks for TLS, would weaken the connection silently. No message repeats a value, which could be the password.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode

SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SYSTEM_AUTHORITIES: Final = "system"
"""The value of `sslrootcert` that means the certificate authorities of this machine."""

_TLS_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "sslmode": SSL_MODES,
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": _TLS_VERSIONS,
    "ssl_max_protocol_version": _TLS_VERSIONS,
    "target_session_attrs": ("any", "primary", "standby", "prefer-standby", "read-write", "read-only"),
    # These ask for what the driver does in any case.
    "channel_binding": ("disable", "prefer"),
    "client_encoding": ("utf8", "UTF8", "utf-8", "UTF-8"),
    "gssencmode": ("disable", "prefer"),
    "load_balance_hosts": ("disable",),
}
_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_TLS: Final = ("sslmode", *_FILES, "sslpassword", "sslnegotiation", *(each for each in _CHOICES if each[:4] == "ssl_"))
_PLACE: Final = ("host", "port", "user", "password", "passfile", "dbname", "database")
_SESSION: Final = ("application_name", "options")
UNDERSTOOD: Final = frozenset((*_CHOICES, *_TLS, *_PLACE, *_SESSION, "ssl", "connect_timeout"))
_WHY: Final = {
    "channel_binding": "The driver cannot bind the login to the TLS connection. Leave it out and use "
    "sslmode=verify-full with sslrootcert, which checks the server too",
    "service": "Write the service's host, port, user and database into the address",
}


class AddressError(Exception):
    """The address cannot be used. The message names the part and never holds a value."""


@dataclass(frozen=True)
class DatabaseAddress:
    """Where PostgreSQL is, who connects, and how. None leaves a part to the driver's default."""

    hosts: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    database: str | None = None
    passfile: str | None = None
    tls: Mapping[str, str] = field(default_factory=dict, repr=False)
    session: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    connect_seconds: float | None = None

    def arguments(self, session: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The arguments of `asyncpg.connect`. `session` holds start-up parameters that the address may override."""
        arguments: dict[str, Any] = {
            "user": self.user,
            "password": self.password,
            "database": self.database,
            "passfile": self.passfile,
            "target_session_attrs": self.target,
            "server_settings": {**(session or {}), **self.session},
        }
        if self.hosts:
            arguments |= {"host": list(self.hosts), "port": list(self.ports) or None}
        elif self.ports:
            arguments["port"] = self.ports[0]
        if self.tls.get("sslrootcert") == SYSTEM_AUTHORITIES:
            arguments["ssl"] = True  # the driver's own word for verify-full with this machine's authorities
        elif self.tls:
            # The driver takes these only as parameters of an address.
            arguments["dsn"] = "postgresql://?" + urlencode(self.tls, quote_via=quote)
        return arguments

    def check_files(self) -> None:
        """Raises AddressError if a certificate or key that the address names cannot be read."""
        for name in _FILES:
            if (file := self.tls.get(name)) and file != SYSTEM_AUTHORITIES:
                try:
                    Path(file).read_bytes()
                except OSError as error:
                    raise AddressError(f"the file of {name} cannot be read ({error.strerror})") from None


def read_address(address: str) -> DatabaseAddress:
    """Reads an address such as `postgresql://ikk@db.example:5432/ikk?sslmode=require`. Raises AddressError."""
    rest = re.sub(r"^postgres(ql)?://", "", address)
    if rest == address:
        raise AddressError("the address must begin with postgresql://")
    before, _, query = rest.partition("?")
    authority, _, path = before.partition("/")
    if "@" in query or "@" in path:
        # Most likely the end of a password. Its parts must not be taken for names, which messages show.
        raise AddressError("there is an @ behind the host. In a password, write / as %2F, ? as %3F and @ as %40")
    given = _read_query(query)
    who, _, where = authority.rpartition("@")
    user, _, password = who.partition(":")
    if where and "host" in given:
        # As in libpq, a host in the query replaces that of the address, and the port of the address stays.
        own = [port for _, port in map(_split_host, where.split(","))]
        if any(own):
            given.setdefault("port", ",".join(str(port or 5432) for port in own))
    for name, value in (("user", user), ("password", password), ("host", where), ("dbname", path)):
        if value:
            given.setdefault(name, value if name == "host" else unquote(value))
    hosts, ports = _read_hosts(given.pop("host", ""), given.pop("port", ""))
    return DatabaseAddress(
        hosts=hosts,
        ports=ports,
        user=given.get("user"),
        password=given.get("password"),
        database=given.get("dbname", given.get("database")),
        passfile=given.get("passfile"),
        tls=_read_tls(given),
        session={name: given[name] for name in _SESSION if name in given},
        target=given.get("target_session_attrs"),
        connect_seconds=_read_seconds(given),
    )


def _read_query(query: str) -> dict[str, str]:
    """The parameters behind the question mark. Unlike in a form, + is no blank."""
    given: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        if not re.fullmatch(r"[a-z_]{1,40}", name):
            raise AddressError("a parameter behind the ? has no valid name. In a password, write ? as %3F and & as %26")
        if name not in UNDERSTOOD:
            raise AddressError(f"this service does not understand the parameter {name}. {_WHY.get(name, _KNOWN)}")
        if name in given:
            raise AddressError(f"the parameter {name} is there twice")
        given[name] = value if name == "host" else unquote(value)
    for name, allowed in _CHOICES.items():
        if given.get(name, allowed[0]) not in allowed:
            raise AddressError(f"{name} must be one of {', '.join(allowed)}. {_WHY.get(name, '')}".rstrip(". "))
    return given


_KNOWN: Final = f"It understands {', '.join(sorted(UNDERSTOOD))}"


def _read_hosts(hosts: str, ports: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Host names, addresses and socket folders, each with its port. A port of the host wins over the parameter."""
    found = [_split_host(each) for each in hosts.split(",")] if hosts else []
    given = [_read_port(each) for each in ports.split(",")] if ports else []
    if len(given) not in (0, 1, len(found)):
        raise AddressError("port must name one port, or one for each host")
    if not found:
        return (), tuple(given)
    named = [port for _, port in found]
    if not given and not any(named):
        return tuple(host for host, _ in found), ()
    spread = given * len(found) if len(given) == 1 else given or [5432] * len(found)
    return tuple(host for host, _ in found), tuple(own or other for own, other in zip(named, spread, strict=True))


def _split_host(text: str) -> tuple[str, int | None]:
    matched = re.fullmatch(r"\[([^\]]+)\](?::(.*))?|(/.*)()|([^:]*)(?::(.*))?", text)
    if matched is None:
        raise AddressError("a host is not valid. Write an IPv6 address in brackets, such as [::1]")
    host = unquote(matched[1] or matched[3] or matched[5] or "")
    port = matched[2] or matched[6]
    return host or "localhost", _read_port(port) if port else None


def _read_port(text: str) -> int:
    text = unquote(text)
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise AddressError("a port is not a number from 1 to 65535. In a password, write / as %2F and ? as %3F")
    return int(text)


def _read_tls(given: Mapping[str, str]) -> dict[str, str]:
    """The parameters on TLS, with `ssl` as another name of `sslmode`."""
    tls = {name: given[name] for name in _TLS if name in given}
    if "ssl" in given:
        mode = "require" if given["ssl"] == "true" else given["ssl"]
        if mode not in SSL_MODES:
            raise AddressError(f"ssl must be true or one of {', '.join(SSL_MODES)}")
        stronger = given["ssl"] == "true" and _strength(tls.get("sslmode")) > _strength(mode)
        if tls.setdefault("sslmode", mode) != mode and not stronger:
            raise AddressError("ssl and sslmode differ. Leave ssl out")
    if tls.get("sslrootcert") == SYSTEM_AUTHORITIES:
        if tls.setdefault("sslmode", "verify-full") != "verify-full" or len(tls) > 2:
            raise AddressError("sslrootcert=system goes with sslmode=verify-full and no other parameter on TLS")
    elif tls.get("sslmode", "").startswith("verify") and not tls.get("sslrootcert"):
        raise AddressError(f"sslmode={tls['sslmode']} needs sslrootcert, a file of certificates or the word system")
    if tls.get("sslnegotiation") == "direct" and _strength(tls.get("sslmode")) < _strength("require"):
        raise AddressError("sslnegotiation=direct needs sslmode=require or stronger")
    if (set(tls) & {*_FILES}) and "sslmode" not in tls:
        raise AddressError("a certificate is named, but sslmode is not. Write sslmode=verify-full")
    return tls


def _strength(mode: str | None) -> int:
    return SSL_MODES.index(mode or "prefer")


def _read_seconds(given: Mapping[str, str]) -> float | None:
    if "connect_timeout" not in given:
        return None
    if not re.fullmatch(r"[0-9]{1,4}", given["connect_timeout"]):
        raise AddressError("connect_timeout must be a whole number of seconds")
    return float(given["connect_timeout"]) or None
