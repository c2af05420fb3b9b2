"""How rounds stand and how their families are chosen."""

from typing import Literal

RoundStatus = Literal["planned", "open", "closed", "settled"]
Design = Literal["census", "sample"]
