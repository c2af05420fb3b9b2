"""Settings: the only reader of the environment. Every one stands, explained, in `.env.example`."""

import json
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


def _split(value: object) -> object:
    """A list in the environment: JSON, or parted by commas."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [each.strip() for each in value.split(",") if each.strip()]


def _check_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [origin for origin in origins if not _ORIGIN.fullmatch(origin)]
    if wrong:
        raise ValueError(
            f"{', '.join(wrong)}: name each origin exactly and in small letters, as https://dashboard.example.go.id; "
            "* would let every site read with the tokens of its visitors"
        )
    return origins


def _check_networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    for network in networks:
        try:
            open_to_all = ip_network(network).prefixlen == 0
        except ValueError:
            raise ValueError(f"{network}: name addresses or networks, as 10.0.0.5 or 10.0.0.0/24") from None
        if open_to_all:
            raise ValueError(f"{network}: whoever connects could then claim any address")
    return networks


RoleAtRegion = Annotated[str, Field(pattern=r"^[a-z_]+@(ID|[0-9.]{2,13})$")]
# http only where nobody is on the way: this machine.
Issuer = Annotated[str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])[^?#]+$")]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_origins)]
Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_networks)]


class Settings(BaseSettings):
    """Read once at start and never changed; a wrong value stops the process with its name."""

    model_config = SettingsConfigDict(env_prefix="IKK_", frozen=True, extra="ignore", validate_default=True)

    database_url: Annotated[str | None, Field(validation_alias="DATABASE_URL", pattern=r"^postgres(ql)?://")] = None
    """Where PostgreSQL 15 or later is; without it the embedded server is started."""
    folder: Path = Path(".ikk")
    """Where the embedded database and, by default, the key ring lie."""
    keys_file: Path | None = None
    """The key ring: every key of the service; made on first use where it is missing. Default: in `folder`."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    issuer: Annotated[str, Field(pattern=r"^https?://[^?#]*[^/?#]$")] = "http://127.0.0.1:8000"
    """The service's public address: what tokens name as their issuer, and where its metadata say that it is."""
    audience: str = "ikk"
    token_seconds: Annotated[int, Field(ge=60, le=86_400)] = 3600
    code_days: Annotated[int, Field(ge=1, le=90)] = 14
    """How long a one-time code that was handed out can be exchanged for a password."""

    sign_in_days: Annotated[int, Field(ge=1, le=365)] = 30
    """How long a person may go on with refresh tokens before the password is asked for again."""
    oidc_issuer: Issuer | None = None
    """An outside OpenID Connect issuer whose tokens are accepted; its keys are found by discovery."""
    oidc_audience: Annotated[str, Field(min_length=1)] | None = None
    """What its tokens for this service say in `aud`; needed with an issuer."""
    oidc_roles_claim: Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)*$")] = "ikk_roles"
    """The claim with roles or groups; a dot steps into an object."""
    oidc_roles: dict[str, tuple[RoleAtRegion, ...]] = {}
    """Roles at regions by group; a group that is not here may itself read role@region."""

    default_instrument: str = "ikk-29"
    """The instrument that aggregates are read for where the query names none."""
    clock_skew_seconds: Annotated[int, Field(ge=0, le=86_400)] = 300
    """How far ahead of the server's clock a device's `surveyed_at` may be."""
    body_limit_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    body_seconds: Annotated[float, Field(gt=0)] = 30.0
    """How long a body may take to arrive whole before the answer is 408."""
    refresh_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How soon a running server sees an instrument that was published meanwhile."""
    audit_head_seconds: Annotated[float, Field(gt=0)] = 300.0
    """How often a server logs how far the audit log goes, where that changed."""
    shutdown_seconds: Annotated[int, Field(ge=1)] = 30
    """How long running requests may take to finish once the server was told to stop."""

    trusted_proxies: Networks = ()
    """Addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    cors_origins: Origins = ()
    """Origins of web pages that may call the API from a browser; none by default."""
    sign_in_failures_per_account: Annotated[int, Field(ge=1)] = 10
    sign_in_failures_per_address: Annotated[int, Field(ge=1)] = 100
    sign_in_window_seconds: Annotated[int, Field(ge=1)] = 900
    """So many wrong secrets in so long a time, then 429 until it is over."""
    sign_ins_at_once: Annotated[int, Field(ge=1)] = 4
    """Argon2 hashes of one server process at a time, each of 64 MiB; more wait, then are answered 503."""
    person_requests_per_minute: Annotated[int, Field(ge=0)] = 600
    agency_requests_per_minute: Annotated[int, Field(ge=0)] = 12_000
    """Requests of one caller over all server processes; 0: no limit."""

    pool_size: Annotated[int, Field(ge=1, le=100)] = 8
    """Connections of each of the two pools (ordinary paths, hot paths) of one server process."""
    database_timeout_seconds: Annotated[float, Field(gt=0)] = 10.0
    """How long one statement, or the wait for a free connection, may take before the answer is 503."""

    @field_validator("oidc_audience")
    @classmethod
    def _check_outside_issuer(cls, audience: str | None, others: ValidationInfo) -> str | None:
        issuer = others.data.get("oidc_issuer")
        if (issuer is None) != (audience is None):
            raise ValueError("it goes together with IKK_OIDC_ISSUER: without it tokens for other services would do")
        if issuer is not None and issuer == others.data.get("issuer"):
            raise ValueError("IKK_OIDC_ISSUER must be another issuer than IKK_ISSUER")
        return audience

    @property
    def key_ring_file(self) -> Path:
        return self.keys_file or self.folder / "keys.json"
