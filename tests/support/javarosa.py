"""Fills forms with JavaRosa, the engine inside ODK Collect. pyxform brings it along (BSD and Apache licences)."""

import base64
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

_SOURCE = Path(__file__).parents[1] / "xforms" / "javarosa" / "Fill.java"
VILLAGES = "name,label\n6372061004,LANDASAN ULIN SELATAN (LIANG ANGGANG)\n"
Answers = Mapping[tuple[str, int], str]
"""By node and row, the answer as it is typed or chosen. A blank one is taken back."""


def jar() -> Path:
    """The archive with JavaRosa and ODK Validate."""
    found = find_spec("pyxform")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"


def missing() -> str | None:
    """Why forms cannot be filled here, or None."""
    return None if shutil.which("java") and shutil.which("javac") else "needs a Java development kit"


@dataclass(frozen=True)
class Filled:
    """refused: nodes whose answer was refused. held: the node that holds the form back. asked: in the last walk"""

    refused: tuple[str, ...]
    held: str | None
    asked: tuple[str, ...]
    xml: bytes


class JavaRosa:
    """One running engine. Forms are parsed once and filled many times."""

    def __init__(self, into: IO[str], out: IO[str], folder: Path) -> None:
        self._into, self._out, self._folder = into, out, folder
        (folder / "villages.csv").write_text(VILLAGES, "utf-8")

    def fill(self, xform: bytes | None, families: Sequence[Sequence[Answers]]) -> list[Filled]:
        """Fills a form for each family, once with each of its answers in turn."""
        if xform is not None:
            path = self._folder / "form.xml"
            path.write_bytes(xform)
            self._say(f"form {path}")
        return [self._fill(each) for each in families]

    def _fill(self, walks: Sequence[Answers]) -> Filled:
        for answers in walks:
            for (name, row), said in answers.items():
                self._say(f"answer {name} {row} {base64.b64encode(said.encode()).decode()}")
            self._say("walk")
        self._say("finish")
        self._into.flush()
        line = self._out.readline().split()
        assert line, "JavaRosa ended"
        refused, held, asked, xml = line
        return Filled(_names(refused), None if held == "-" else held, _names(asked), base64.b64decode(xml))

    def _say(self, line: str) -> None:
        self._into.write(f"{line}\n")


def _names(told: str) -> tuple[str, ...]:
    return () if told == "-" else tuple(told.split(","))


@contextmanager
def running(folder: Path) -> Iterator[JavaRosa]:
    """Compiles the driver and starts it, with the clock of central Indonesia."""
    subprocess.run(["javac", "-cp", str(jar()), "-d", str(folder), str(_SOURCE)], check=True, capture_output=True)
    command = ["java", "-Duser.timezone=Asia/Makassar", "-XX:TieredStopAtLevel=1", "-cp", f"{jar()}:{folder}", "Fill"]
    with (
        (folder / "messages.txt").open("w") as messages,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=messages, text=True) as engine,
    ):
        assert engine.stdin is not None
        assert engine.stdout is not None
        try:
            yield JavaRosa(engine.stdin, engine.stdout, folder)
        finally:
            engine.stdin.close()
