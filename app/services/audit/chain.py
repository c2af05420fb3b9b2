"""The hash chain of the audit log, pure: what a link's hash is made of, and what is wrong with links that were changed.

The hash of entry n is HMAC-SHA256, with the key that the entry names, over a tag, n, the hash of entry n - 1 and the
entry's canonical JSON (RFC 8785 but for fractions, which entries do not hold). No SQL, no clock.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import product
from typing import Final

_TAG: Final = b"ikk-audit-1\x00"
_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
START: Final = bytes(32)
"""What stands before the first entry in place of a hash."""
_CLOSELY: Final = 24
"""So many entries of a page that do not match are looked at for where they came from; the search is cubic."""


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as it is stored. detail: its JSON as text, as PostgreSQL writes it."""

    position: int
    at: datetime
    kind: str
    caller_kind: str
    caller_id: str
    region: str | None
    subject: str | None
    request_id: str | None
    detail: str
    key_id: str
    hash: bytes = b""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's position and hash: kept elsewhere, it proves all entries up to it. Position 0: none yet."""

    position: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.position}:{self.hash.hex()}"

    @classmethod
    def read(cls, text: str) -> "Head":
        """From position:hash; raises ValueError."""
        position, _, hexadecimal = text.strip().partition(":")
        head = cls(int(position), bytes.fromhex(hexadecimal))
        if head.position < 0 or len(head.hash) != len(START):
            raise ValueError("not a position and 32 bytes in hexadecimal")
        return head


def canonical(link: Link) -> bytes:
    """The entry but for position and hash: sorted JSON in UTF-8, the time in microseconds of UTC."""
    try:
        detail = json.loads(link.detail)
    except (ValueError, RecursionError):
        detail = [link.detail]  # nothing that we write; the same text gives the same bytes all the same
    at = link.at.astimezone(UTC).isoformat(timespec="microseconds")
    names = ("kind", "caller_kind", "caller_id", "region", "subject", "request_id", "key_id")
    return _CANONICAL.encode({"at": at, "detail": detail, **{name: getattr(link, name) for name in names}}).encode()


def hash_of(content: bytes, position: int, previous: bytes, key: bytes) -> bytes:
    """32 bytes; content: as `canonical` makes it."""
    return hmac.digest(key, _TAG + position.to_bytes(8, "big", signed=True) + previous + content, "sha256")


def seal(links: Iterable[Link], head: Head, key: bytes) -> Iterator[Link]:
    """The links with positions and hashes, in their order after the head."""
    for position, link in enumerate(links, head.position + 1):
        head = Head(position, hash_of(canonical(link), position, head.hash, key))
        yield replace(link, position=position, hash=head.hash)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with the first position that it is wrong at."""

    position: int
    text: str

    def __str__(self) -> str:
        return f"entry {self.position}: {self.text}"


@dataclass(slots=True)
class _Suspect:
    """An entry whose hash is not that of its content after the entry before it."""

    link: Link
    content: bytes
    key: bytes
    previous: bytes
    confirmed: bool = False
    """Whether the next entry was sealed after this one's hash."""


@dataclass(slots=True)
class Checker:
    """Reads a chain page by page, in order of position, and says what is wrong; memory does not grow with it.

    key_of: the audit key by its id, None where the ring does not have it. head: the last entry that was read.
    """

    key_of: Callable[[str], bytes | None]
    anchors: Mapping[int, set[bytes]] = field(default_factory=dict)
    """Hashes by position that were kept outside the database; more than one: the chain went back once."""
    head: Head = Head(0, START)
    known: bool = True
    """Whether the head's hash is that of the entry before: not after a gap, nor where reading begins further on."""
    checked: int = 0
    _unchecked: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Key that the ring does not have → first position and number of the entries under it."""
    _recomputed: bytes = b""
    _suspects: list[_Suspect] = field(default_factory=list)

    def read(self, links: Sequence[Link]) -> list[Finding]:
        """What is wrong with the next links."""
        findings: list[Finding] = []
        for link in links:
            findings += [*self._place(link), *self._check(link)]
            if self.anchors.get(link.position, {link.hash}) != {link.hash}:
                findings.append(Finding(link.position, "its hash is not the one that was kept outside the database"))
            self.checked += 1
            self.head = Head(link.position, link.hash)
        # The last one waits for the entry after it, which may confirm its hash.
        waiting = [each for each in self._suspects if each.link.position == self.head.position]
        findings += _explain([each for each in self._suspects if each not in waiting])
        self._suspects = waiting
        return sorted(findings, key=_position_of)

    def finish(self) -> list[Finding]:
        """What is wrong with the end, and what could not be checked."""
        findings = _explain(self._suspects)
        findings += [
            Finding(first, f"{count:,} from here on cannot be checked: the key ring has no audit key {key!r}")
            for key, (first, count) in self._unchecked.items()
        ]
        furthest = max(self.anchors, default=0)
        if furthest > self.head.position:
            text = f"missing, as all after entry {self.head.position}: entry {furthest} was there once"
            findings.append(Finding(self.head.position + 1, text))
        return sorted(findings, key=_position_of)

    def _place(self, link: Link) -> list[Finding]:
        expected = self.head.position + 1
        if link.position == expected:
            return []
        if link.position < expected:
            return [Finding(link.position, "a second entry of this position, or one before the first")]
        self.known = False
        last = link.position - 1
        return [Finding(expected, "missing" if last == expected else f"missing, as all up to entry {last}")]

    def _check(self, link: Link) -> list[Finding]:
        known, recomputed = self.known, self._recomputed
        self.known, self._recomputed = True, b""
        key = self.key_of(link.key_id)
        if key is None:
            first, count = self._unchecked.get(link.key_id, (link.position, 0))
            self._unchecked[link.key_id] = (first, count + 1)
            return []
        content = canonical(link)
        self._recomputed = hash_of(content, link.position, self.head.hash, key)
        before = self._suspects[-1] if self._suspects else None
        if before is not None and before.link.position != self.head.position:
            before = None
        if self._recomputed == link.hash:
            if before is not None:
                before.confirmed = True
        elif known and before is not None and hash_of(content, link.position, recomputed, key) == link.hash:
            # All is as it was sealed but for the hash that stands in the entry before.
            self._suspects.remove(before)
            self._recomputed = link.hash
            return [Finding(self.head.position, "its hash was replaced; the rest of it is as it was sealed")]
        elif known:
            self._suspects.append(_Suspect(link, content, key, self.head.hash))
        return []


def _position_of(finding: Finding) -> int:
    return finding.position


def _explain(suspects: Sequence[_Suspect]) -> list[Finding]:
    """A sentence for each: where it was moved from, where a position and a hash among them tell, else altered."""
    near = suspects[:_CLOSELY]
    hashes = {each for suspect in near for each in (suspect.previous, suspect.link.hash)}
    positions = {suspect.link.position + step for suspect in near for step in (-1, 0, 1)}
    return [
        Finding(each.link.position, _sentence(each, positions, hashes) if number < _CLOSELY else _ALTERED)
        for number, each in enumerate(suspects)
    ]


_ALTERED: Final = "altered or put in: its hash is not that of its content in this place"


def _sentence(suspect: _Suspect, positions: Iterable[int], hashes: Iterable[bytes]) -> str:
    link = suspect.link
    for position, previous in product(positions, hashes):
        if hash_of(suspect.content, position, previous, suspect.key) == link.hash:
            if position == link.position:
                return "as it was sealed, but after another entry than the one that stands before it now"
            return f"moved here: it was sealed as entry {position}"
    if suspect.confirmed:
        return "altered: the entry after it was sealed after this hash, but its content is not what was hashed"
    return _ALTERED
