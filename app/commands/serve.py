"""`ikk serve` runs the API in this process, or in several worker processes that share one socket."""

import gc
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import uvicorn

from app.commands.base import open_ring, reach_database, read_settings, stop
from app.config import MOST_WORKERS, Settings, name_metrics_folder
from app.language.catalogue import say
from app.platform.log import configure_logging, log
from app.platform.workers import Workers

if TYPE_CHECKING:
    from fastapi import FastAPI

serving = typer.Typer(add_completion=False, rich_markup_mode=None)
_PATIENCE_SECONDS = 10.0
"""How much longer than running requests the end of a worker may take."""


@serving.command()
def serve(
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_WORKERS,
            help="Worker processes on the one address, about as many as cores. Default: IKK_WORKERS, which is 1",
        ),
    ] = None,
) -> None:
    """Serves the API until you stop it. Running requests finish first. It needs a key ring and never makes one.

    With several workers, one that dies is replaced, and the others go on meanwhile.

    Example: `IKK_PORT=8080 ikk serve --workers 4`
    """
    settings = read_settings()
    count = workers or settings.workers
    configure_logging(settings.log_level)
    open_ring(settings.key_ring_file)
    with (
        reach_database(settings) as dsn,
        listen(settings.host, settings.port) as listening,
        _metrics_folder(count) as folder,
    ):
        bound = settings.at_port(listening.getsockname()[1])
        config = _configure(bound, dsn, folder)
        log.info("listening", host=settings.host, port=bound.port)
        if folder is None:
            with suppress(KeyboardInterrupt):
                uvicorn.Server(config).run(sockets=[listening])
        elif status := _serve_by_workers(count, config, listening, folder, settings.shutdown_seconds):
            raise typer.Exit(status)


def _configure(settings: Settings, dsn: str, folder: Path | None) -> uvicorn.Config:
    """The application, ready for its first request, with all that a worker would otherwise load for itself."""
    # As in app/cli.py: nothing that is loaded can be freed.
    gc.disable()
    from app.main import create_app

    app = create_app(settings, dsn, metrics_folder=folder)
    config = uvicorn.Config(
        app,
        log_config=None,
        # We have no WebSockets, and uvicorn would log their paths and queries.
        ws="none",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        timeout_notify=1,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
    )
    config.load()
    config.get_loop_factory()
    prepare(app)
    gc.enable()
    return config


def prepare(app: "FastAPI") -> None:
    """Does before the first request what would hold up other requests for a quarter of a second or more.

    It makes the routes, and reads the districts that numbers name. It takes what is loaded out of the garbage
    collector's sight, because a full collection stops all threads until it has looked at everything. Nothing is
    collected before, because loading leaves next to nothing behind.
    """
    from fastapi.routing import iter_route_contexts

    from app.regions.editions import read_districts

    for _ in iter_route_contexts(app.router.routes):
        pass
    read_districts()
    gc.freeze()


def _serve_by_workers(
    count: int, config: uvicorn.Config, listening: socket.socket, folder: Path, seconds: float
) -> int:
    """The exit status of the command after all workers have ended."""
    from prometheus_client.multiprocess import mark_process_dead

    parent = os.getpid()

    def work(tell: Callable[[], None]) -> None:
        server = uvicorn.Server(config)

        async def notice() -> None:
            tell()
            # Nobody would replace or end this worker, and the embedded database has ended with the parent.
            server.should_exit |= os.getppid() != parent

        config.callback_notify = notice
        server.run(sockets=[listening])

    return Workers(
        count,
        work,
        ended=partial(mark_process_dead, path=str(folder)),
        # Otherwise the kernel would go on accepting connections that no worker takes.
        closing=listening.close,
        patience=seconds + _PATIENCE_SECONDS,
    ).run()


@contextmanager
def _metrics_folder(workers: int) -> Iterator[Path | None]:
    """A folder in which several workers keep their metrics, so that any of them can add up those of all."""
    if workers == 1:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="ikk-metrics-") as name:
        name_metrics_folder(Path(name))
        yield Path(name)


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
