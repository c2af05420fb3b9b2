"""Finds whether a body tells of a family that said no. Such a body is never kept, not even with faults."""

from collections.abc import Mapping
from typing import Any, Final

_NO: Final = frozenset(
    (
        *("no", "false", "refused", "refuse", "declined", "denied", "rejected", "withdrawn"),
        *("tidak", "tidak setuju", "tidak bersedia", "menolak", "ditolak", "tolak"),
    )
)
_SAYS_NO: Final = frozenset(
    ("refused", "refusal", "declined", "denied", "rejected", "withdrawn", "withdrawn_at", "refused_at", "menolak")
)
_CONSENT: Final = frozenset(
    (
        *("consent", "basis", "informed_consent", "agree", "agreed", "willing", "participate", "participates"),
        *("persetujuan", "setuju", "bersedia", "kesediaan"),
    )
)
_REFUSED: Final = "refused"


def tells_of_refusal(content: Mapping[str, Any]) -> bool:
    """Whether the body states a consent that was refused or withdrawn, a refusal, or answers that are all refused.

    A body with faults may say so in its own way, so every value that can mean no counts, wherever a consent stands.
    """
    answers = content.get("answers")
    for part in (content, content.get("family"), answers):
        if isinstance(part, Mapping) and _refuses(part):
            return True
    return isinstance(answers, Mapping) and bool(answers) and all(each == _REFUSED for each in answers.values())


def _refuses(part: Mapping[str, Any]) -> bool:
    consents = [each for name, each in part.items() if name.casefold() in _CONSENT]
    return any(_is_no(each, 0) for each in consents) or _has_refusal(part)


def _is_no(value: Any, depth: int) -> bool:
    """Whether a consent is none. No member of one that was given is false, a zero or a word for no."""
    if isinstance(value, bool) or value == 0:
        return not value
    if isinstance(value, str):
        return " ".join(value.casefold().replace("_", " ").split()) in _NO
    if isinstance(value, Mapping) and depth < 3:
        return _has_refusal(value) or any(
            _is_no(each, depth + 1) for name, each in value.items() if name.casefold() not in {*_SAYS_NO, "version"}
        )
    return isinstance(value, list) and depth < 3 and any(_is_no(each, depth + 1) for each in value)


def _has_refusal(content: Mapping[str, Any]) -> bool:
    return any(
        name.casefold() in _SAYS_NO and each is not None and not _is_no(each, 3) for name, each in content.items()
    ) or any(name.casefold() in ("outcome", "result", "status") and _is_no(each, 3) for name, each in content.items())
