"""The pages for authors of instruments, and the files that they show."""

import re
from pathlib import Path

from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from tests.support.factories import PROJECT

FIRST_PAGE = PROJECT / "docs" / "guides" / "instrument-authors.md"
PAGES = (FIRST_PAGE, *sorted((PROJECT / "docs" / "guides" / "instruments").glob("*.md")))
EXAMPLES = sorted((PROJECT / "tests" / "scoring" / "examples").glob("*.toml"))
_BLOCK = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def snippets() -> list[str]:
    """Every block of TOML in the guide."""
    return [block for page in PAGES for block in _BLOCK.findall(page.read_text("utf-8"))]


def shown_files() -> dict[str, str]:
    """The whole files that the guide shows, by the code of their instrument."""
    whole = [block for block in snippets() if re.search(r"^format = ", block, re.MULTILINE)]
    return {re.search(r'^code = "(.+)"$', block, re.MULTILINE)[1]: block for block in whole}  # type: ignore[index]


def instrument_of_guide(code: str) -> Instrument:
    return read_instrument(shown_files()[code].encode("utf-8"))


def example(name: str) -> Path:
    """A file of tests/scoring/examples, such as `stages`."""
    return PROJECT / "tests" / "scoring" / "examples" / f"{name}.toml"
