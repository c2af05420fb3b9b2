"""CPU time of programs with all processes below them, and how busy the machine was. It needs Linux's /proc."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_PROC: Final = Path("/proc")
_PARENT, _ENDED_USER, _ENDED_SYSTEM = 1, 13, 14
"""Places in /proc/<pid>/stat behind the name."""


def tree_seconds(*roots: int | None) -> list[float | None]:
    """CPU seconds that each process and all processes below it have used so far. None if that cannot be known."""
    processes = _processes()
    below: dict[int, list[int]] = {}
    for pid, fields in processes.items():
        below.setdefault(int(fields[_PARENT]), []).append(pid)
    return [None if root is None else _sum(root, processes, below) for root in roots]


def _sum(root: int, processes: Mapping[int, list[str]], below: Mapping[int, list[int]]) -> float | None:
    open_, seconds = [root], 0.0
    while open_:
        pid = open_.pop()
        open_ += below.get(pid, [])
        own = _own_seconds(pid)
        if own is None and pid == root:
            return None
        fields = processes.get(pid)
        ended = 0 if fields is None else int(fields[_ENDED_USER]) + int(fields[_ENDED_SYSTEM])
        seconds += (own or 0.0) + ended / os.sysconf("SC_CLK_TCK")
    return seconds


def _processes() -> dict[int, list[str]]:
    """By process id, what /proc/<pid>/stat says behind the name."""
    found = {}
    for each in _PROC.glob("[0-9]*/stat"):
        try:
            found[int(each.parent.name)] = each.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _own_seconds(pid: int) -> float | None:
    """CPU seconds of the threads of one process, which the kernel counts in nanoseconds."""
    try:
        threads = list((_PROC / str(pid) / "task").iterdir())
        return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return None


async def postmaster_of(connection: Any) -> int | None:
    """Process id of the PostgreSQL server behind a connection. None if it is on another machine."""
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    try:
        if (_PROC / str(pid) / "comm").read_text().strip() != "postgres":
            return None
        return int((_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[_PARENT])
    except (FileNotFoundError, ProcessLookupError):
        return None


def stolen_seconds() -> float | None:
    """CPU seconds that the host of a virtual machine has given to others so far. None if the system has no /proc."""
    try:
        return int((_PROC / "stat").read_text().split()[8]) / os.sysconf("SC_CLK_TCK")
    except FileNotFoundError:
        return None
