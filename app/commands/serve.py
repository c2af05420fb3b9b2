"""`ikk serve` runs the API as one server process."""

import typer
import uvicorn

from app.commands.base import reach_database, read_settings
from app.main import create_app
from app.platform.log import configure_logging

serving = typer.Typer(add_completion=False, rich_markup_mode=None)


@serving.command()
def serve() -> None:
    """Serves the API until you stop it. Running requests finish first.

    Example: `IKK_PORT=8080 ikk serve`
    """
    settings = read_settings()
    configure_logging(settings.log_level)
    with reach_database(settings) as dsn:
        uvicorn.run(
            create_app(settings, dsn),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.shutdown_seconds,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
        )
