"""Keeps what was used last, up to a number of bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")


class Recent(Generic[Key, Kept]):
    """A memory of at most so many bytes. What was not used for the longest time is forgotten first."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[Key, tuple[Kept, int]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Key) -> Kept | None:
        """What is kept under the key, or None."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Key, kept: Kept, size: int) -> None:
        """Keeps something of so many bytes in place of what was there."""
        self.forget(key)
        self._kept[key] = kept, size
        self._bytes += size
        while self._bytes > self._most:
            self.forget(next(iter(self._kept)))

    def forget(self, key: Key) -> None:
        """Forgets what is kept under the key, if anything."""
        found = self._kept.pop(key, None)
        if found is not None:
            self._bytes -= found[1]
