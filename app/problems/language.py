"""The two languages of messages, and which one a request prefers."""

from typing import Final, Literal

from app.problems.fault_texts import Texts

_MOST_LANGUAGES: Final = 20

Language = Literal["id", "en"]


def pick(texts: Texts, language: Language) -> str:
    """The text of a pair in one language."""
    return texts[0] if language == "id" else texts[1]


def language_of(accept_language: str | None) -> Language:
    """The language that an Accept-Language header (RFC 9110) prefers, or Indonesian if it prefers neither."""
    best: Language = "id"
    best_quality = 0.0
    for part in (accept_language or "").split(",", _MOST_LANGUAGES)[:_MOST_LANGUAGES]:
        name, _, parameters = part.strip().partition(";")
        tag = name.strip().lower().split("-")[0]
        try:
            quality = float(parameters.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if quality > best_quality and tag in ("id", "in", "en"):
            best, best_quality = ("en" if tag == "en" else "id"), quality
    return best
