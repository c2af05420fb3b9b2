"""The language in which the command line speaks. English texts stand in the code, Indonesian ones in `indonesian/`.

A catalogue has the Indonesian text of each English one. Texts of libraries and of pure rooms arrive with their values
in them, and are recognised by their English text (decision 0031).
"""

from __future__ import annotations

import inspect
import re
import string
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # its package loads Pydantic, for which `ikk --help` must not wait
    from app.problems import Language

CATALOGUES: Final = Path(__file__).parent / "indonesian"
OWN: Final = CATALOGUES / "messages.toml"
"""What commands say themselves. No text of others is compared with these."""
LANGUAGES: Final[tuple[Language, ...]] = ("id", "en")
VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""What names the language without `--language`. The first that is set counts, as POSIX says."""

_spoken: ContextVar[Language] = ContextVar("spoken", default="en")
_EXAMPLE: Final = re.compile(r"\bExample: (?=`)")
_GAP: Final = re.compile(r"\{(\w+)(?::[^{}]*)?\}")


def language() -> Language:
    """The language of this command."""
    return _spoken.get()


def choose_language(named: str | None) -> None:
    """Takes a language or a locale, such as `id`, `id_ID.UTF-8` or `in_ID`. English is what other names mean."""
    code = re.split(r"[-_.@]", (named or "").strip().lower())[0]
    _spoken.set("id" if code in ("id", "in") else "en")


@cache
def catalogue() -> dict[str, str]:
    """The Indonesian text of each English text, with the same gaps."""
    return {english: indonesian for file in CATALOGUES.glob("*.toml") for english, indonesian in read(file).items()}


@cache
def of_others() -> dict[str, str]:
    """The same of what others say, with the faults of the API, which have both languages already."""
    from app.problems.fault_texts import FAULT_TEXTS

    own = read(OWN)
    said = {english: indonesian for english, indonesian in catalogue().items() if english not in own}
    return {english: indonesian for indonesian, english in FAULT_TEXTS.values()} | said


@cache
def read(file: Path) -> dict[str, str]:
    """The texts of one catalogue."""
    import tomllib

    return tomllib.loads(file.read_text("utf-8"))


def say(text: str, /, **values: object) -> str:
    """A text in this command's language, with its gaps filled. Numbers are written as the language writes them."""
    if language() == "en":
        return text.format(**values)
    return _Indonesian().vformat(catalogue().get(text, text), (), values)


class _Indonesian(string.Formatter):
    """Writes 1.234,5 where English has 1,234.5."""

    def format_field(self, value: Any, format_spec: str) -> str:
        written = format(value, format_spec)
        return written.translate({44: ".", 46: ","}) if isinstance(value, (int, float)) else written


def translate(text: str) -> str:
    """A finished English text in this command's language. A text that is not in the catalogue stays as it is."""
    if language() == "en" or not text.strip():
        return text
    if (known := of_others().get(text) or catalogue().get(text)) is not None:
        return known
    for pattern, template in _patterns():
        if found := pattern.fullmatch(text):
            values = [translate(each) if " " in each else each for each in found.groups()]
            names = pattern.groupindex
            return _GAP.sub(lambda gap: values[names[f"g{gap[1]}"] - 1], template)  # noqa: B023 (used at once)
    return text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """For each text with gaps that others write, what recognises it. Those with most words of their own come first."""
    found = []
    for english, indonesian in of_others().items():
        if _GAP.search(english):
            parts = _GAP.split(english)
            own = sum(map(len, parts[::2]))
            written = "".join(
                re.escape(part) if place % 2 == 0 else f"(?P<g{part}>.*?)" for place, part in enumerate(parts)
            )
            found.append((own, re.compile(written, re.DOTALL), indonesian))
    return [(pattern, indonesian) for _, pattern, indonesian in sorted(found, key=lambda each: -each[0])]


def translate_help(help_text: str | None) -> str | None:
    """A help of several paragraphs. The example at the end of a paragraph needs no entry in the catalogue."""
    if help_text is None or language() == "en":
        return help_text
    return "\n\n".join(_translate_paragraph(each) for each in paragraphs(help_text))


def paragraphs(help_text: str) -> list[str]:
    """The paragraphs of a help, each on one line."""
    return [" ".join(each.split()) for each in re.split(r"\n\s*\n", inspect.cleandoc(help_text))]


def split_example(paragraph: str) -> tuple[str, str]:
    """What a paragraph says, and its example from the word Example on, if it has one."""
    found = _EXAMPLE.search(paragraph)
    return (paragraph, "") if found is None else (paragraph[: found.start()].rstrip(), paragraph[found.end() :])


def _translate_paragraph(paragraph: str) -> str:
    told, example = split_example(paragraph)
    return " ".join(filter(None, (translate(told), say("Example: {example}", example=example) if example else "")))
