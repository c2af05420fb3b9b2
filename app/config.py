"""Settings: the only reader of the environment. Every one stands, explained, in `.env.example`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read once at start and never changed; a wrong value stops the process with its name."""

    model_config = SettingsConfigDict(env_prefix="IKK_", frozen=True, extra="ignore", validate_default=True)

    database_url: Annotated[str | None, Field(validation_alias="DATABASE_URL", pattern=r"^postgres(ql)?://")] = None
    """Where PostgreSQL 15 or later is; without it the embedded server is started."""
    folder: Path = Path(".ikk")
    """Where the embedded database and, by default, the signing key lie."""
    signing_key_file: Path | None = None
    """PEM of the P-256 key that signs tokens; made on first use where it is missing. Default: in `folder`."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    issuer: str = "ikk"
    audience: str = "ikk"
    token_seconds: Annotated[int, Field(ge=60, le=86_400)] = 3600

    default_instrument: str = "ikk-29"
    """The instrument that aggregates are read for where the query names none."""
    clock_skew_seconds: Annotated[int, Field(ge=0, le=86_400)] = 300
    """How far ahead of the server's clock a device's `surveyed_at` may be."""
    body_limit_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    refresh_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How soon a running server sees an instrument that was published meanwhile."""
    shutdown_seconds: Annotated[int, Field(ge=1)] = 30
    """How long running requests may take to finish once the server was told to stop."""

    pool_size: Annotated[int, Field(ge=1, le=100)] = 8
    """Connections of each of the two pools (ordinary paths, hot paths) of one server process."""
    database_timeout_seconds: Annotated[float, Field(gt=0)] = 10.0
    """How long one statement, or the wait for a free connection, may take before the answer is 503."""

    @property
    def key_file(self) -> Path:
        return self.signing_key_file or self.folder / "signing-key.pem"
