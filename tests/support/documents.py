"""The documents that people read, wherever they stand."""

from tests.support.factories import PROJECT

_FOLDERS = ("docs", "bench", "app")
DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(each for folder in _FOLDERS for each in (PROJECT / folder).rglob("*.md"))])
