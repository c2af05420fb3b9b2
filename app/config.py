"""Settings. Only this module reads the environment. `.env.example` explains every setting."""

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_ISSUER = re.compile(r"https?://[^/?#]+(?P<path>(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*)")
API_ADDRESSES = {"v1", "health", "metrics", "docs", "openapi.json", ".well-known", "static-offline-docs", "odk"}
"""The first steps of the paths that programs use, and of the documentation."""
PAGE_ADDRESSES = {"assets", "compare", "regions", "own", "search", "set-password", "sign-in", "sign-out"}
"""The first steps of the paths of pages."""
MOST_WORKERS = 64
OWN_ADDRESSES = API_ADDRESSES | PAGE_ADDRESSES
"""The first steps of all paths that the service has."""
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


def _or_none(value: object) -> object:
    """None for an empty text in the environment."""
    return None if value == "" else value


def _split(value: object) -> object:
    """A list in the environment, as JSON or separated by commas."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [each.strip() for each in value.split(",") if each.strip()]


def _check_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [origin for origin in origins if not _ORIGIN.fullmatch(origin)]
    if wrong:
        raise ValueError(
            f"{', '.join(wrong)}: name each origin exactly and in lower case, such as https://dashboard.example.go.id. "
            "* would let every site read with its visitors' tokens"
        )
    return origins


def _check_networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    for network in networks:
        try:
            open_to_all = ip_network(network).prefixlen == 0
        except ValueError:
            raise ValueError(f"{network}: name addresses or networks, such as 10.0.0.5 or 10.0.0.0/24") from None
        if open_to_all:
            raise ValueError(f"{network}: this would let every client claim any address")
    return networks


def _check_issuer(issuer: str) -> str:
    found = _ISSUER.fullmatch(issuer)
    if found is None:
        raise ValueError(
            "name an address without a slash at its end, such as https://ikk.example.go.id or https://example.go.id/ikk"
        )
    if {*found["path"].split("/")[1:2]} & OWN_ADDRESSES:
        raise ValueError("the path is one of the service's own; choose another, such as /ikk")
    return issuer


def name_metrics_folder(folder: Path) -> None:
    """Has prometheus_client keep metrics in files of this folder, which it reads from the environment when imported."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _own_address(given: Mapping[str, Any]) -> str:
    """The address at which a server with these settings can be reached from this machine."""
    host = given["host"]
    with suppress(ValueError):
        # A server that listens at every address is reached at the loopback address.
        if (address := ip_address(host)).is_unspecified:
            host = "::1" if address.version == 6 else "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{given['port']}"


RoleAtRegion = Annotated[str, Field(pattern=r"^[a-z_]+@(ID|[0-9.]{2,13})$")]
Region = Annotated[str, Field(pattern=r"^(ID|[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{4})?)?)?)$")]
# http is safe only if nobody is in between, which means this machine.
Issuer = Annotated[str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])[^?#]+$")]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_origins)]
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], NoDecode, BeforeValidator(_split)]
Issuers = Annotated[tuple[Annotated[str, AfterValidator(_check_issuer)], ...], NoDecode, BeforeValidator(_split)]
Regions = Annotated[tuple[Region, ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_networks)]


class Settings(BaseSettings):
    """Read once at the start and never changed. A wrong value raises ValidationError, which names the setting."""

    model_config = SettingsConfigDict(env_prefix="IKK_", frozen=True, extra="ignore", validate_default=True)

    database_url: Annotated[str | None, Field(validation_alias="DATABASE_URL", pattern=r"^postgres(ql)?://")] = None
    """The address of PostgreSQL 15 or later. Without it, the embedded server starts."""
    folder: Path = Path(".ikk")
    """The folder of the embedded database and, by default, of the key ring."""
    keys_file: Path | None = None
    """The key ring, which holds every key of the service. By default it is in `folder`.

    `ikk migrate` makes it for a new database. `ikk serve` never does.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=MOST_WORKERS)] = 1
    """Server processes of one `ikk serve`, which share its socket. The option `--workers` wins."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    issuer: Annotated[str, Field(default_factory=_own_address), AfterValidator(_check_issuer)]
    """The service's public address. Tokens name it as their issuer, and the issuer's metadata names it too.

    By default it is the address at which the server listens. If it has a path, the service is served below that path.
    """
    earlier_issuers: Issuers = ()
    """Public addresses that the service had before, so that the receipts that name them stay valid."""
    audience: str = "ikk"
    token_seconds: Annotated[int, Field(ge=60, le=86_400)] = 3600
    code_days: Annotated[int, Field(ge=1, le=90)] = 14
    """How long a one-time code can be exchanged for a password."""

    sign_in_days: Annotated[int, Field(ge=1, le=365)] = 30
    """How long a person can use refresh tokens before the app has to ask for the password again."""
    second_factor_scopes: Names = ("families:identify", "people:manage", "agencies:manage")
    """Scopes that a person's token has only after a sign-in with a second factor. Empty asks nobody for one."""
    oidc_issuer: Issuer | None = None
    """An outside OpenID Connect issuer whose tokens are accepted. Its keys are found by discovery."""
    oidc_audience: Annotated[str, Field(min_length=1)] | None = None
    """What the issuer's tokens for this service say in `aud`. It is required together with an issuer."""
    oidc_roles_claim: Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)*$")] = "ikk_roles"
    """The claim with roles or groups. A dot steps into an object."""
    oidc_roles: dict[str, tuple[RoleAtRegion, ...]] = {}
    """Roles at regions for each group of the issuer. A group that is not listed counts for nothing."""
    oidc_self_named_roles: bool = False
    """Whether a group that is not listed but reads role@region gives that role, if it is a role without power.

    Whoever manages groups at the issuer then gives roles here. Roles that open identities or sensitive answers, or
    manage people or agencies, are never given so (`ONLY_MAPPED` in app/access.py).
    """
    oidc_regions: Regions = ()
    """The regions in whose subtrees the issuer's people may hold roles. A role at a wider region is left out."""
    oidc_clients: Names = ()
    """The apps whose tokens are accepted, as `azp`, `client_id` or `appid` names them. Empty means any app."""
    oidc_longest_seconds: Annotated[int, Field(ge=60, le=86_400)] = 86_400
    """The longest time for which an outside token may be valid, and its longest age."""
    oidc_identify_acr: Names = ()
    """One of these must be in `acr` or `amr` of a token. Otherwise the token lacks `second_factor_scopes`.

    It then also lacks families:identify. Empty asks for none.
    """

    oidc_client_id: Annotated[str, Field(min_length=1)] | None = None
    """The service itself as a client of the issuer. With it, the issuer's people can sign in on pages."""
    oidc_client_secret: SecretStr | None = None
    """The client's secret at the issuer. A public client has none. Both kinds use PKCE."""
    oidc_scopes: Names = ("openid",)
    """What the pages ask the issuer for. Some issuers need a scope for the audience too."""

    default_instrument: str = "ikk-29"
    """The instrument whose aggregates are read if the query names none."""
    clock_skew_seconds: Annotated[int, Field(ge=0, le=86_400)] = 300
    """How far ahead of the server's clock a device's `surveyed_at` may be."""
    body_seconds: Annotated[float, Field(gt=0)] = 30.0
    """How long a body may take to arrive whole. After that the service returns 408."""
    refresh_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How soon a running server sees an instrument that was published after its start."""
    audit_head_seconds: Annotated[float, Field(gt=0)] = 300.0
    """How often a server logs the head of the audit log, if it has changed."""
    release_hour: Annotated[Annotated[int, Field(ge=0, le=23)] | None, BeforeValidator(_or_none)] = 2
    """From which hour of the day on the figures of the day are released, in Western Indonesian time (UTC+7).

    Empty makes releases only when a round is settled or `ikk release make` asks for one.
    """
    shutdown_seconds: Annotated[int, Field(ge=1)] = 30
    """How long running requests may take to finish after the server was told to stop."""

    trusted_proxies: Networks = ()
    """Addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted."""
    cors_origins: Origins = ()
    """Origins of web pages that may call the API from a browser. By default there are none."""
    sign_in_failures_per_account: Annotated[int, Field(ge=1)] = 10
    sign_in_failures_per_address: Annotated[int, Field(ge=1)] = 100
    sign_in_window_seconds: Annotated[int, Field(ge=1)] = 900
    """After so many wrong secrets within this time, token requests return 429 until it is over."""
    sign_ins_at_once: Annotated[int, Field(ge=1)] = 4
    """Argon2 hashes that one server process runs at a time, each with 64 MiB. Others wait, and get 503 after 5 s."""
    person_requests_per_minute: Annotated[int, Field(ge=0)] = 600
    agency_requests_per_minute: Annotated[int, Field(ge=0)] = 12_000
    """Requests of one caller over all server processes. 0 means no limit."""
    batches_per_minute: Annotated[int, Field(ge=0)] = 30
    """Batches of submissions of one caller over all server processes. 0 means no limit."""
    reconciliations_per_minute: Annotated[int, Field(ge=0)] = 30
    """Requests of one caller that ask what became of up to 5,000 submissions. 0 means no limit."""
    own_answers_per_hour: Annotated[int, Field(ge=0)] = 300
    """Submissions whose answers one caller may get back over all server processes. 0 means no limit."""
    own_answers_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """For how many days after its receipt a submission's answers are returned to its sender. 0 never returns them."""
    identity_reads_per_hour: Annotated[int, Field(ge=0)] = 60
    """Reads of identities, exports and searches of one caller over all server processes. 0 means no limit."""
    identification_approval: bool = False
    """Whether a second person has to approve each stated purpose before it opens an identity."""
    address_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """How long the service keeps from which addresses tokens were used and sign-ins were refused."""

    training_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """After so many days the service erases training interviews."""
    event_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """How long the service keeps events of changes to submissions."""

    conflicts_per_device: Annotated[int, Field(ge=1, le=10_000)] = 50
    """How many conflicts of one device may wait for a supervisor."""
    faulty_per_person: Annotated[int, Field(ge=1, le=10_000)] = 200
    """How many submissions with faults of one person or agency may wait for a repair."""

    held_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """How long the service keeps conflicts and submissions with faults, whether they are open or closed."""

    pool_size: Annotated[int, Field(ge=1, le=100)] = 8
    """Connections of each of the two pools (ordinary paths, hot paths) of one server process."""
    database_timeout_seconds: Annotated[float, Field(gt=0)] = 10.0
    """How long a statement, or the wait for a free connection, may take. After that the service returns 503."""

    retention_identity_days: Annotated[int | None, Field(ge=1)] = None
    retention_answers_days: Annotated[int | None, Field(ge=1)] = None
    """After so many days `ikk retention apply` takes identities and answers. None keeps them (decision 0019)."""

    @field_validator("oidc_audience")
    @classmethod
    def _check_outside_issuer(cls, audience: str | None, others: ValidationInfo) -> str | None:
        issuer = others.data.get("oidc_issuer")
        if (issuer is None) != (audience is None):
            raise ValueError(
                "set it together with IKK_OIDC_ISSUER. Without an audience, tokens for other services would be accepted"
            )
        if issuer is not None and issuer == others.data.get("issuer"):
            raise ValueError("IKK_OIDC_ISSUER must differ from IKK_ISSUER")
        return audience

    @field_validator("oidc_client_id")
    @classmethod
    def _check_client(cls, client: str | None, others: ValidationInfo) -> str | None:
        if client is not None and others.data.get("oidc_issuer") is None:
            raise ValueError("set it together with IKK_OIDC_ISSUER")
        if client is not None and others.data.get("oidc_clients") and client not in others.data["oidc_clients"]:
            raise ValueError("name it in IKK_OIDC_CLIENTS too, or the tokens of its own sign-in are refused")
        return client

    @field_validator("oidc_scopes")
    @classmethod
    def _check_scopes(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError(
                "openid must be among them, because the ID token proves that the answer is of this sign-in"
            )
        return scopes

    def at_port(self, port: int) -> Self:
        """The settings of a server that listens at this port, which the default issuer follows."""
        found = self.model_copy(update={"port": port})
        if "issuer" in self.model_fields_set:
            return found
        return found.model_copy(update={"issuer": _own_address({"host": self.host, "port": port})})

    @property
    def root_path(self) -> str:
        """The path of the public address, or an empty text."""
        return urlsplit(self.issuer).path

    @property
    def key_ring_file(self) -> Path:
        return self.keys_file or self.folder / "keys.json"
