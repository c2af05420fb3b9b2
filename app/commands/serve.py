"""`ikk serve` runs the API as one server process."""

import gc
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import typer
import uvicorn
from fastapi import FastAPI

from app.commands.base import open_ring, reach_database, read_settings, stop
from app.language.catalogue import say
from app.main import create_app
from app.platform.log import configure_logging, log
from app.regions.editions import read_districts

serving = typer.Typer(add_completion=False, rich_markup_mode=None)


@serving.command()
def serve() -> None:
    """Serves the API until you stop it. Running requests finish first. It needs a key ring and never makes one.

    Example: `IKK_PORT=8080 ikk serve`
    """
    settings = read_settings()
    configure_logging(settings.log_level)
    open_ring(settings.key_ring_file)
    with reach_database(settings) as dsn, listen(settings.host, settings.port) as listening:
        bound = settings.at_port(listening.getsockname()[1])
        app = create_app(bound, dsn)
        prepare(app)
        config = uvicorn.Config(
            app,
            log_config=None,
            # We have no WebSockets, and uvicorn would log their paths and queries.
            ws="none",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.shutdown_seconds,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
        )
        log.info("listening", host=settings.host, port=bound.port)
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


def prepare(app: FastAPI) -> None:
    """Does before the first request what would hold up other requests for a quarter of a second or more.

    It makes the OpenAPI document, which also makes the routes, and reads the districts that numbers name. It takes what
    is loaded out of the garbage collector's sight, because a full collection stops all threads until it has looked at
    everything.
    """
    app.openapi()
    read_districts()
    gc.collect()
    gc.freeze()


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """A socket at this address, made before the application, because port 0 is any free port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            stop(say("cannot listen at {host} port {port}: {reason}", host=host, port=port, reason=error.strerror))
        yield listening
