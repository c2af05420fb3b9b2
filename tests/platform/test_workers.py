"""Worker processes: which of them are replaced, and how their parent ends. Each test starts a small program."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.factories import PROJECT
from tests.support.wire import eventually

pytestmark = pytest.mark.process

_PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from app.platform.log import configure_logging
from app.platform.workers import Workers

configure_logging("info")
folder = Path({folder!r})

def note(name, text):
    with (folder / name).open("a") as file:
        file.write(f"{{text}}\\n")

def work(tell):
{work}

count = int(sys.argv[1])
ended = lambda pid: note("ended", pid)
sys.exit(Workers(count, work, ended=ended, closing=lambda: note("closing", 1), patience={patience}).run())
"""


class Parent:
    """The program of a parent. `work` are the lines of Python that its workers run."""

    def __init__(self, folder: Path, program: asyncio.subprocess.Process) -> None:
        self.folder = folder
        self.program = program

    def noted(self, name: str) -> list[str]:
        file = self.folder / name
        return file.read_text().split() if file.exists() else []

    def lines(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in (self.folder / "log").read_text().splitlines()]
        return [line for line in lines if line["event"] == event]

    async def see(self, name: str, count: int) -> list[str]:
        """What workers have noted, as soon as there is so much of it."""

        async def is_there() -> bool:
            return len(self.noted(name)) >= count

        await eventually(is_there)
        return self.noted(name)

    async def stop(self, number: int = signal.SIGTERM) -> int:
        self.program.send_signal(number)
        return await asyncio.wait_for(self.program.wait(), 60)


@asynccontextmanager
async def running(folder: Path, work: str, *, count: int = 2, patience: float = 30) -> AsyncIterator[Parent]:
    lines = "\n".join(f"    {line}" for line in work.strip().splitlines())
    text = _PROGRAM.format(folder=str(folder), work=lines, patience=patience)
    with (folder / "log").open("wb") as log:
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", text, str(count), cwd=PROJECT, stdout=log, env={"PATH": os.environ["PATH"]}
        )
    try:
        yield Parent(folder, program)
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()


SERVING = """
tell()
note("serving", os.getpid())
time.sleep(60)
"""


async def test_each_worker_is_a_process_and_one_that_is_killed_is_replaced(tmp_path: Path) -> None:
    async with running(tmp_path, SERVING, count=3) as parent:
        first = await parent.see("serving", 3)
        assert len({*first, str(parent.program.pid)}) == 4
        os.kill(int(first[1]), signal.SIGKILL)
        assert (await parent.see("serving", 4))[3] not in first
        assert parent.noted("ended") == [first[1]]
        assert await parent.stop() == 0
        assert len(parent.noted("ended")) == 4
        assert parent.noted("closing") == ["1"]
    assert [line["status"] for line in parent.lines("worker ended")] == [-9, -15, -15, -15]


async def test_a_worker_that_ends_by_itself_after_it_served_is_replaced(tmp_path: Path) -> None:
    async with running(tmp_path, SERVING.replace("60", "0.2"), count=1) as parent:
        assert len(set(await parent.see("serving", 3))) == 3
        assert await parent.stop() == 0


@pytest.mark.parametrize(("work", "status"), [("sys.exit(3)", 3), ("raise ValueError", 1), ("pass", 1)])
async def test_workers_that_cannot_start_end_the_command_with_their_status(
    tmp_path: Path, work: str, status: int
) -> None:
    async with running(tmp_path, f"note('tried', os.getpid())\n{work}") as parent:
        assert await asyncio.wait_for(parent.program.wait(), 60) == status
        assert 1 <= len(parent.noted("tried")) <= 2, "no loop"


async def test_a_worker_that_cannot_be_replaced_leaves_the_others_at_work(tmp_path: Path) -> None:
    """As when a file that a start needs is missing for a while. A second lies between the attempts."""
    work = f"""
note("tried", os.getpid())
if (folder / "broken").exists():
    sys.exit(3)
{SERVING.strip()}
"""
    async with running(tmp_path, work) as parent:
        first = await parent.see("serving", 2)
        (tmp_path / "broken").touch()
        started = time.monotonic()
        os.kill(int(first[0]), signal.SIGKILL)
        await parent.see("tried", 5)
        assert time.monotonic() - started > 1.5
        assert parent.program.returncode is None
        (tmp_path / "broken").unlink()
        await parent.see("serving", 3)
        os.kill(int(first[1]), 0)
        assert await parent.stop() == 0


async def test_workers_may_finish_what_they_do(tmp_path: Path) -> None:
    work = """
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), note("finished", os.getpid()), sys.exit(0)))
tell()
note("serving", os.getpid())
time.sleep(60)
"""
    async with running(tmp_path, work) as parent:
        serving = await parent.see("serving", 2)
        assert await parent.stop(signal.SIGINT) == 0
        assert sorted(parent.noted("finished")) == sorted(serving)


async def test_a_worker_that_does_not_end_is_killed(tmp_path: Path) -> None:
    work = f"signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{SERVING.strip()}"
    async with running(tmp_path, work, patience=1) as parent:
        await parent.see("serving", 2)
        assert await parent.stop() == 0
        assert [line["status"] for line in parent.lines("worker ended")] == [-9, -9]
