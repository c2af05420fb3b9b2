"""Forks the worker processes of a server, replaces those that end, and ends all of them when it is told to stop.

The parent has no other thread and no event loop, because a fork copies only the thread that calls it. It opens nothing
that two processes cannot share.
"""

import mmap
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Final, NoReturn

from app.platform.log import log

_STOPPING: Final = (signal.SIGTERM, signal.SIGINT)
_HEARD: Final = (*_STOPPING, signal.SIGCHLD)
_AGAIN_SECONDS: Final = 1.0
"""How long after a worker that never served was started, the next one is."""


@dataclass(slots=True)
class _Slot:
    """The place of one worker. Its number is that of its byte in the shared memory."""

    number: int
    pid: int | None = None
    started: float = float("-inf")
    waits: bool = False


class Workers:
    """`work` runs in each worker until its end, and calls its argument as soon as it serves.

    In the parent, `ended` is called with the id of each worker that has ended, and `closing` before all are told to
    end. Workers that have not ended `patience` seconds later are killed.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[Callable[[], None]], None],
        *,
        ended: Callable[[int], None],
        closing: Callable[[], None],
        patience: float,
    ) -> None:
        self._slots = [_Slot(number) for number in range(count)]
        self._serving = mmap.mmap(-1, count)
        """Memory that the workers share with the parent. A byte is 1 while its worker serves."""
        self._work = work
        self._ended = ended
        self._closing = closing
        self._patience = patience
        self._told: list[int] = []
        """Signals to stop that have come."""
        self._failed = 0
        """The exit status of a worker that could not start, while no other served."""

    def run(self) -> int:
        """Returns 0 after it was told to stop. If no worker can start, it returns the exit status of one."""
        with self._hearing() as waking:
            while not self._told and not self._failed:
                for slot in self._slots:
                    if slot.pid is None and not self._is_too_soon(slot):
                        self._start(slot)
                _sleep(waking, _AGAIN_SECONDS)
                self._reap()
            self._closing()
            self._end_all(waking)
        return self._failed

    def _is_too_soon(self, slot: _Slot) -> bool:
        return slot.waits and time.monotonic() - slot.started < _AGAIN_SECONDS

    def _start(self, slot: _Slot) -> None:
        self._serving[slot.number] = 0
        slot.started = time.monotonic()
        sys.stdout.flush()
        # A signal that came now would find the parent's functions in the worker.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        try:
            slot.pid = os.fork() or self._become_worker(slot)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        log.info("worker started", pid=slot.pid)

    def _become_worker(self, slot: _Slot) -> NoReturn:
        """Runs the work in the new process, and leaves without what the parent does at its own end."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for each in _HEARD:
                signal.signal(each, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
            self._work(lambda: self._serving.__setitem__(slot.number, 1))
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException:
            log.exception("worker failed")
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
            os._exit(status)

    def _reap(self) -> None:
        """Takes note of workers that have ended."""
        for slot in self._slots:
            if slot.pid is None:
                continue
            pid, waited = os.waitpid(slot.pid, os.WNOHANG)
            if not pid:
                continue
            status = os.waitstatus_to_exitcode(waited)
            slot.pid, slot.waits = None, not self._serving[slot.number]
            self._serving[slot.number] = 0
            self._ended(pid)
            tell = log.info if self._told else log.warning
            tell("worker ended", pid=pid, status=status)
            # One that was killed could start the next time. One that gave up will give up again.
            if slot.waits and status >= 0 and not any(self._serving[:]):
                self._failed = self._failed or status or 1

    def _end_all(self, waking: int) -> None:
        self._send(signal.SIGTERM)
        deadline = time.monotonic() + self._patience
        told = len(self._told)
        while any(slot.pid for slot in self._slots):
            _sleep(waking, _AGAIN_SECONDS)
            if time.monotonic() > deadline:
                log.error("workers killed, because they did not end")
                self._send(signal.SIGKILL)
            elif signal.SIGINT in self._told[told:]:  # Ctrl+C again: requests that still run are given up
                self._send(signal.SIGINT)
            told = len(self._told)
            self._reap()

    def _send(self, number: int) -> None:
        for slot in self._slots:
            if slot.pid is not None:
                os.kill(slot.pid, number)

    @contextmanager
    def _hearing(self) -> Iterator[int]:
        """Signals wake whoever reads from the file that this yields, so that none comes unseen before a wait."""
        waking, woken = os.pipe()
        for end in (waking, woken):
            os.set_blocking(end, False)
        before = {each: signal.signal(each, self._hear) for each in _HEARD}
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        try:
            yield waking
        finally:
            signal.set_wakeup_fd(-1)
            for each, earlier in before.items():
                signal.signal(each, earlier)
            os.close(waking)
            os.close(woken)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if number in _STOPPING:
            self._told.append(number)


def _sleep(waking: int, seconds: float) -> None:
    """Sleeps until a signal comes, at most for so many seconds."""
    if select.select([waking], [], [], seconds)[0]:
        with suppress(BlockingIOError):
            os.read(waking, 4096)
