"""A separate program that is the parent of an embedded server and stops it when nobody uses it any more.

The functions here also recognise a live PostgreSQL of ours, and stop it.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from app.embedded.data_folder import Server, find_account, run_as

# Fast shutdown, then immediate, which loses no committed row either. The second is needed, because PostgreSQL 18.4
# never ends after a request for a fast shutdown while it recovers from the crash of one of its backends.
STOP_STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))


def attempts(limit: float) -> Iterator[None]:
    """Yields until `limit` seconds have passed, at first every few milliseconds, later four times a second."""
    end, pause = time.monotonic() + limit, 0.01
    while time.monotonic() < end:
        yield
        time.sleep(pause)
        pause = min(pause * 1.3, 0.25)


def stop(server: Server, file: Path) -> bool:
    """Stops the server named in the pid file, with a fast shutdown if possible. Returns whether it has stopped."""
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
        return max(0, int(file.read_text().split("\n", 1)[0]))  # it is negative in a single-user session
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
    """Whether this process id is a live PostgreSQL of ours. Ids are reused, above all in containers."""
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
        return True  # root in a container may end it but not inspect it, so name and account must suffice
    except (FileNotFoundError, ProcessLookupError):
        return False


def supervise(folder: str, *command: str) -> None:
    """Runs the server until nobody holds users.lock. Never closes the inherited server.lock."""
    if os.fork():
        os._exit(0)  # the starting program waits only for this process, so no zombie is left to it
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
    status = postgres.wait()
    with suppress(BlockingIOError):  # somebody still uses it, and starts another supervisor
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(server.sockets, ignore_errors=True)
    sys.exit(status)


def end_with_parent(parent: int) -> Callable[[], None]:
    """A function for the child between fork and exec that makes the kernel send it SIGINT when we die.

    It must run after the child gave up root, because giving up root undoes this setting.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def ask_kernel() -> None:
        if libc is not None:
            libc.prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel


if __name__ == "__main__":
    supervise(*sys.argv[1:])
