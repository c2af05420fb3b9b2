"""Makes pages from templates. Autoescape is always on, and a name that is missing is an error and no gap."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.pages.addresses import make_address
from app.pages.texts import say, write_number
from app.problems import Language
from app.problems.wording import say_day, say_number
from app.regions.local_time import say_local
from app.scoring.parts import Text
from app.scoring.rounding import shown_least, shown_most

_HERE: Final = Path(__file__).parent
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _name(file: str) -> str:
    stem, _, ending = file.rpartition(".")
    return f"{stem}-{hashlib.sha256((_HERE / file).read_bytes()).hexdigest()[:16]}.{ending}"


ASSETS: Final = {_name(file): (_HERE / file).read_bytes() for file in ("pages.css", "icon.svg")}
"""The files of the pages. A name holds a hash of the content, so browsers may keep the file for ever."""
_STYLE, _ICON = ASSETS
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""The content security policy of every page. There is no script, and no style but our own file."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the content of a page.

    here: path and query of this page below the root path, without the language
    reader: whether somebody is signed in
    figures, own: whether the reader is shown the way to figures, and to the own interviews
    form: what every form holds, to prove that it came from a page of ours
    """

    language: Language
    root: str
    here: tuple[str, Mapping[str, str]]
    reader: bool
    figures: bool
    own: bool
    form: str


def render(template: str, frame: Frame, values: Mapping[str, Any]) -> str:
    """The page of a template."""
    language = frame.language

    def pick(text: Text | tuple[str, str]) -> str:
        if isinstance(text, tuple):
            return text[0] if language == "id" else text[1]
        return text.id if language == "id" else text.en

    path, query = frame.here
    return _TEMPLATES.get_template(template).render(
        {
            "t": lambda text, **named: say(text, language, **named),
            "pick": pick,
            "number": partial(_number, language),
            "figure": partial(_figure, language),
            "decimals_of": lambda value: 0 if value == round(value) else 2,
            "up": lambda value, decimals: shown_most(Fraction(str(value)), decimals),
            "down": lambda value, decimals: shown_least(Fraction(str(value)), decimals),
            "exact": lambda value: say_number(int(value) if value == int(value) else value, language),
            "day": lambda day: say_day(day, language),
            "moment": say_local,
            "to": lambda to, **named: make_address(frame.root, to, named),
            "in_language": lambda other: make_address(frame.root, path, {**query, "lang": other}),
            "language": language,
            "reader": frame.reader,
            "figures": frame.figures,
            "own": frame.own,
            "form": frame.form,
            "style": make_address(frame.root, f"/assets/{_STYLE}"),
            "icon": make_address(frame.root, f"/assets/{_ICON}"),
            **values,
        }
    )


def _number(language: Language, value: float | None, decimals: int = 0) -> str:
    return write_number(value, language, decimals)


def _figure(language: Language, value: float | None, decimals: int, protected: bool) -> str:
    """A figure with so many decimals. A released one has those of JSON, because more are not known."""
    return write_number(value, language, decimals) if value is None or not protected else say_number(value, language)
