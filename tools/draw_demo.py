"""Draws docs/pictures/demo.svg from what `ikk demo --once` prints: `python -m tools.draw_demo`.

It runs the demo with a new database, so it takes as long as the demo. The picture uses the fonts of the reader's system
and loads nothing.
"""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "demo.svg"
COMMAND = "make demo DEMO_ARGS=--once"
_BACKGROUND, _FOREGROUND, _GREY = (22, 27, 34), (214, 222, 230), (139, 148, 158)
_RED, _GREEN, _YELLOW = (255, 123, 114), (86, 211, 100), (227, 179, 65)
_BLUE, _MAGENTA, _CYAN = (121, 192, 255), (210, 168, 255), (86, 212, 221)
THEME = TerminalTheme(_BACKGROUND, _FOREGROUND, [_GREY, _RED, _GREEN, _YELLOW, _BLUE, _MAGENTA, _CYAN, _FOREGROUND])
FORMAT = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>What make demo prints: the index of six villages, two regencies and their province</title>
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace, SFMono-Regular, Menlo, Consolas,
"DejaVu Sans Mono", "Liberation Mono", monospace; }}
.{unique_id}-title {{ font: 18px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""
"""The template of rich without its fonts from the web."""


def run_demo() -> str:
    """The output of the demo in a terminal, with colour codes."""
    told = {"TERM": "xterm-256color", "TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "0", "IKK_PORT": "0"}
    with TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "IKK_FOLDER": folder, **told}
        command = [sys.executable, "-m", "app.cli", "demo", "--once"]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def draw(printed: str) -> str:
    """An SVG of a terminal that shows the printed lines."""
    lines = Text.from_ansi(printed).split()
    for line in lines:
        line.rstrip()
    console = Console(
        record=True, file=StringIO(), width=1 + max(line.cell_len for line in lines), color_system="truecolor"
    )
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)
    return console.export_svg(title=COMMAND, theme=THEME, code_format=FORMAT, font_aspect_ratio=0.602, unique_id="demo")


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw(run_demo()), "utf-8")
