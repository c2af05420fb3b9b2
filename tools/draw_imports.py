"""Prints the import graph of `app`: rooms by floor, arrows between rooms, and circles. `python -m tools.draw_imports`.

A room is a folder or a file directly below `app`, or below one of its layers with `--deep`. A floor is the longest
way down to a room that imports nothing. An arrow says that one room imports another. Another folder may be given.
"""

import argparse
import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

LAYERS: Final = ("routers", "schemas", "services")


def imports_of(file: Path, package: str) -> Iterator[str]:
    """Full names that a file imports from the package."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == package:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(steps: tuple[str, ...], *, deep: bool) -> str:
    """The room that a path or a module lies in."""
    first = steps[0].removesuffix(".py")
    below = deep and first in LAYERS and len(steps) > 1
    return f"{first}/{steps[1].removesuffix('.py')}" if below else first


def draw(folder: Path, *, deep: bool = False) -> dict[str, set[str]]:
    """Each room with the rooms that it imports."""
    rooms: dict[str, set[str]] = {}
    for file in sorted(folder.rglob("*.py")):
        steps = file.relative_to(folder).parts
        if steps == ("__init__.py",):
            continue
        room = rooms.setdefault(room_of(steps, deep=deep), set())
        for name in imports_of(file, folder.name):
            room.add(room_of(tuple(name.split(".")[1:]), deep=deep))
    return {room: (used & rooms.keys()) - {room} for room, used in rooms.items()}


def find_floors(rooms: Mapping[str, set[str]]) -> tuple[dict[str, int], list[str]]:
    """The floor of each room, and the circles that the way down led into."""
    floors: dict[str, int] = {}
    circles: list[str] = []

    def climb(room: str, way: tuple[str, ...]) -> int:
        if room in way:
            circles.append(" → ".join((*way[way.index(room) :], room)))
            return 0
        if room not in floors:
            floors[room] = 1 + max((climb(each, (*way, room)) for each in sorted(rooms[room])), default=0)
        return floors[room]

    for room in sorted(rooms):
        climb(room, ())
    return floors, circles


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[1] / "app")
    parser.add_argument("--deep", action="store_true", help="look into the layers: a room for each capability")
    options = parser.parse_args()
    rooms = draw(options.folder.resolve(), deep=options.deep)
    floors, circles = find_floors(rooms)
    for floor in range(max(floors.values()), 0, -1):
        print(f"floor {floor:2}  {', '.join(sorted(room for room, each in floors.items() if each == floor))}")
    arrows = sum(map(len, rooms.values()))
    print(f"{len(rooms)} rooms, {max(floors.values())} floors, {arrows} arrows, {len(circles)} circles")
    for circle in circles:
        print(f"circle: {circle}")


if __name__ == "__main__":
    main()
