"""The hash chain of the audit log. Computes the hashes of links, and reports links that were changed.

The hash of entry n is HMAC-SHA256 with the key that the entry names. It covers a tag, n, the hash of entry n - 1 and
the entry's canonical JSON. The JSON follows RFC 8785 except for fractions, which entries do not hold. This module is
pure. It has no SQL and no clock.
"""

import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from typing import Final

_TAG: Final = b"ikk-audit-1\x00"
_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_quote: Final = json.encoder.encode_basestring
_ONE_MEMBER: Final = re.compile(r'\{(?:"[a-z_]+":(?:"[0-9A-Za-z:._-]*"|true|false|null))?\}')
"""A detail that is canonical as it stands. Most are, as that of a submission holds the mark of its receipt alone."""
START: Final = bytes(32)
"""The first entry follows this in place of a hash."""
_CLOSELY: Final = 24
"""For so many mismatched entries of a page, the check searches where they came from. The search is cubic."""


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as it is stored. `detail` is its JSON as text, as PostgreSQL writes it."""

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
    """The last entry's position and hash. At position 0 there is no entry yet.

    A head that was kept elsewhere proves all entries up to it.
    """

    position: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.position}:{self.hash.hex()}"

    @classmethod
    def read(cls, text: str) -> "Head":
        """Reads a head from the text `position:hash`. Raises ValueError."""
        position, _, hexadecimal = text.strip().partition(":")
        head = cls(int(position), bytes.fromhex(hexadecimal))
        if head.position < 0 or len(head.hash) != len(START):
            raise ValueError("not a position and 32 bytes in hexadecimal")
        return head


def canonical(link: Link) -> bytes:
    """Returns the entry without position and hash as sorted JSON in UTF-8. Its time is in microseconds of UTC."""
    who = (link.caller_kind, link.caller_id, link.region)
    return content_of((link.at, link.kind, *who, link.subject, link.request_id, link.detail), link.key_id)


Fields = tuple[datetime, str, str, str, str | None, str | None, str | None, str]
"""The fields of a `Link` from `at` to `detail`."""


def content_of(fields: Fields, key_id: str) -> bytes:
    """Returns what `canonical` returns for a link with these fields. Sealing makes no link for each entry."""
    at, kind, caller_kind, caller_id, region, subject, request_id, detail = fields
    return (
        f'{{"at":"{at.astimezone(UTC).isoformat(timespec="microseconds")}","caller_id":{_quote(caller_id)},'
        f'"caller_kind":{_quote(caller_kind)},"detail":{_canonical_detail(detail)},"key_id":{_quote(key_id)},'
        f'"kind":{_quote(kind)},"region":{"null" if region is None else _quote(region)},'
        f'"request_id":{"null" if request_id is None else _quote(request_id)},'
        f'"subject":{"null" if subject is None else _quote(subject)}}}'
    ).encode()


def _canonical_detail(text: str) -> str:
    if _ONE_MEMBER.fullmatch(text):
        return text
    try:
        found = _CANONICAL.encode(json.loads(text))
        found.encode()
    except (ValueError, RecursionError):
        # We never write such a detail. The same text still gives the same bytes.
        return _CANONICAL.encode([text])
    return found


def hash_of(content: bytes, position: int, previous: bytes, key: bytes) -> bytes:
    """Returns the 32 bytes of an entry's hash. `content` is what `canonical` returns."""
    return hmac.digest(key, _TAG + position.to_bytes(8, "big", signed=True) + previous + content, "sha256")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with the chain, and the first position where it is wrong."""

    position: int
    text: str

    def __str__(self) -> str:
        return f"entry {self.position}: {self.text}"


@dataclass(slots=True)
class _Suspect:
    """An entry whose hash is not the one computed from its content and the entry before it."""

    link: Link
    content: bytes
    key: bytes
    previous: bytes
    confirmed: bool = False
    """Whether the next entry was sealed after this one's hash."""


@dataclass(slots=True)
class Checker:
    """Reads a chain page by page, in order of position, and reports what is wrong.

    The memory for this does not grow with the chain. `key_of` returns the audit key of an id, or None if the ring does
    not have it. `head` is the last entry that was read.
    """

    key_of: Callable[[str], bytes | None]
    anchors: Mapping[int, set[bytes]] = field(default_factory=dict)
    """Hashes by position that were kept outside the database. Two at one position show that the chain went back."""
    head: Head = Head(0, START)
    known: bool = True
    """Whether the head is the entry before the next. False after a gap, or if reading begins further on."""
    checked: int = 0
    _unchecked: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By each key that the ring does not have, the first position and the number of the entries under it."""
    _recomputed: bytes = b""
    _suspects: list[_Suspect] = field(default_factory=list)

    def read(self, links: Sequence[Link]) -> list[Finding]:
        """Returns what is wrong with the next links."""
        findings: list[Finding] = []
        for link in links:
            findings += [*self._check_position(link), *self._check_hash(link)]
            if self.anchors.get(link.position, {link.hash}) != {link.hash}:
                findings.append(Finding(link.position, "its hash is not the one that was kept outside the database"))
            self.checked += 1
            self.head = Head(link.position, link.hash)
        # The last suspect waits for the entry after it, which may confirm its hash.
        waiting = [each for each in self._suspects if each.link.position == self.head.position]
        findings += _explain([each for each in self._suspects if each not in waiting])
        self._suspects = waiting
        return sorted(findings, key=_position_of)

    def finish(self) -> list[Finding]:
        """Returns what is wrong with the end of the chain, and what could not be checked."""
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

    def _check_position(self, link: Link) -> list[Finding]:
        expected = self.head.position + 1
        if link.position == expected:
            return []
        if link.position < expected:
            return [Finding(link.position, "a second entry of this position, or one before the first")]
        self.known = False
        last = link.position - 1
        return [Finding(expected, "missing" if last == expected else f"missing, as all up to entry {last}")]

    def _check_hash(self, link: Link) -> list[Finding]:
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
            # Everything is as it was sealed, except the hash in the entry before.
            self._suspects.remove(before)
            self._recomputed = link.hash
            return [Finding(self.head.position, "its hash was replaced; the rest of it is as it was sealed")]
        elif known:
            self._suspects.append(_Suspect(link, content, key, self.head.hash))
        return []


def _position_of(finding: Finding) -> int:
    return finding.position


def _explain(suspects: Sequence[_Suspect]) -> list[Finding]:
    """Returns one finding per suspect. It says where the entry was moved from, or that the entry was altered.

    The positions and hashes of the suspects themselves show a move.
    """
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
