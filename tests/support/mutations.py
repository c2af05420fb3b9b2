"""Changes of a JSON value at one place, such as those that client libraries, keyboards and copying make."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[str | int, ...]
Change = Callable[[Any], Any]
_WIDE = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

ANYWHERE: tuple[Change, ...] = (
    lambda _: None,
    *(
        lambda _, value=value: copy.deepcopy(value)
        for value in (True, False, 0, 1, 2.5, "", "x", [], {}, [None], {"x": 1})
    ),
    lambda value: [value],
    lambda value: {"value": value},
)
TEXTS: tuple[Change, ...] = (
    str.upper,
    str.lower,
    str.title,
    str.swapcase,
    lambda text: text.translate(_WIDE),
    lambda text: text.translate(_ARABIC),
    *(lambda text, end=end: text + end for end in ("\n", " ", "\r\n", "\0", "x", "0", "\u200b", "́")),
    *(lambda text, start=start: start + text for start in (" ", "\n", "0", "\ufeff", "+")),
    *(lambda text, part=part: text.replace(part, "") for part in ("-", ".", ":", "+", "T")),
    lambda text: text[:-1],
    lambda text: text[1:],
    lambda text: text * 40,
    lambda text: int(text) if text.isdecimal() else text,
    # UUIDs
    lambda text: f"{{{text}}}",
    lambda text: f"urn:uuid:{text}",
    lambda text: "-".join(text.replace("-", "")[at : at + 4] for at in range(0, 32, 4)),
    # region codes
    lambda text: ".".join((text[:2], text[2:4], text[4:6], text[6:])),
    lambda text: ".".join((text[:4], text[4:6], text[6:])),
    lambda text: ".".join((text[:2], text[2:])),
    lambda text: text[:4],
    # dates and moments
    *(lambda text, to=to: text.replace("T", to) for to in ("t", " ", "  ", "_")),
    lambda text: text.replace("+00:00", "Z"),
    lambda text: text.replace("+00:00", "z"),
    *(lambda text, to=to: text.replace("+00:00", to) for to in ("-00:00", "+0000", "+00", "+24:00", "+07:60", ".5Z")),
    lambda text: text.replace("+00:00", ".123456789Z"),
    *(lambda text, year=year: year + text[4:] for year in ("0000", "0001", "1899", "1999", "2101", "9999", "-001")),
    *(lambda text, day=day: text[:5] + day + text[10:] for day in ("02-30", "13-01", "00-10", "06-31", "1-1", "12-32")),
    lambda text: text[:10] + "T24:00:00Z",
    lambda text: text[:10] + "T23:59:60Z",
    lambda text: text[:10] + "T09:12Z",
    lambda text: text[:10],
)
NUMBERS: tuple[Change, ...] = (
    *(float, str, bool, lambda number: -number, lambda number: number + 0.5),
    *(lambda number: number + 1, lambda number: number - 1),
    *(lambda _, value=value: value for value in (-1, 0, 31, 50, 51, 240, 241, 2**53, -(2**53), 10**30, 1e16, -0.0)),
)
LISTS: tuple[Change, ...] = (
    lambda items: items * 60,
    lambda items: [*items, None],
    lambda items: [*items, *items],
    lambda items: {"0": items},
)
OBJECTS: tuple[Change, ...] = (
    lambda members: {**members, "extra": 1},
    lambda members: {**members, "extra": None},
    lambda members: {name.title(): value for name, value in members.items()},
    lambda members: {f"{name}\n": value for name, value in members.items()},
    lambda members: {name.replace("-", ""): value for name, value in members.items()},
    lambda members: {name.upper(): value for name, value in members.items()},
    *(
        lambda members, at=at: {name: value for position, (name, value) in enumerate(members.items()) if position != at}
        for at in range(12)
    ),
)


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every part of a value, the whole first."""
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        yield from places(part, (*path, step))


def changes_of(value: Any) -> tuple[Change, ...]:
    """The changes that can be made to a part."""
    if isinstance(value, str):
        return ANYWHERE + TEXTS
    if isinstance(value, int | float):
        return ANYWHERE + NUMBERS
    return ANYWHERE + (LISTS if isinstance(value, list) else OBJECTS if isinstance(value, dict) else ())


def part_at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def changed_at(value: Any, path: Path, change: Change) -> Any:
    """A copy of the value with the part at the path changed."""
    if not path:
        return change(copy.deepcopy(value))
    copied = copy.deepcopy(value)
    parent = part_at(copied, path[:-1])
    parent[path[-1]] = change(parent[path[-1]])
    return copied


def changed(value: Any) -> Iterator[Any]:
    """The value with each change at each place."""
    for path in places(value):
        for change in changes_of(part_at(value, path)):
            yield changed_at(value, path, change)
