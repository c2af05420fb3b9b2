"""Texts of pages and the form of their numbers. English texts stand in templates and code, Indonesian in texts.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from app.problems import Language

CATALOGUE: Final = Path(__file__).parent / "texts.toml"
NOTHING: Final = "–"
"""What stands where there is no number."""


@cache
def texts() -> dict[str, str]:
    """The Indonesian text of each English one, with the same gaps."""
    return tomllib.loads(CATALOGUE.read_text("utf-8"))


def say(text: str, language: Language, /, **values: object) -> str:
    """The text in a language with its gaps filled. Raises KeyError if the catalogue lacks it."""
    return (text if language == "en" else texts()[text]).format(**values)


def write_number(value: float | None, language: Language, decimals: int = 0) -> str:
    """1.234,50 in Indonesian and 1,234.50 in English, or a dash without a number."""
    if value is None:
        return NOTHING
    written = f"{value:,.{decimals}f}"
    return written if language == "en" else written.translate(str.maketrans(",.", ".,"))
