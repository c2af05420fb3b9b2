"""`ikk instrument` checks and publishes questionnaires with their scoring."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from app.commands.base import stop, stop_with, tell, with_session
from app.language.catalogue import say, translate
from app.scoring.follows import check_follows
from app.scoring.format_1 import Instrument, instrument_of
from app.scoring.load import read_instrument
from app.scoring.reading.faults import InstrumentFaults
from app.services.reference import instruments

SHIPPED_INSTRUMENTS = Path(__file__).parents[1] / "instruments"

instrument = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Questionnaires with their scoring."
)


def shipped_instruments() -> list[Path]:
    return sorted(SHIPPED_INSTRUMENTS.glob("*.toml"))


def read_or_stop(file: Path) -> Instrument:
    """The instrument in a file. An invalid one ends the command with every fault and its line."""
    try:
        return read_instrument(file.read_bytes())
    except InstrumentFaults as found:
        _stop_with(file, found)


def _stop_with(file: Path, found: InstrumentFaults) -> NoReturn:
    stop_with([f"{file}:{fault.line}: {translate(fault.message)}" for fault in found.faults])


async def publish_all(session: AsyncSession, files: Sequence[Path]) -> list[bool]:
    """Publishes all files or none, each after the one that it follows. Returns for each file whether it is new."""
    new: dict[Path, bool] = {}
    for file in in_order(files):
        try:
            new[file] = await instruments.publish_instrument(session, file.read_bytes())
        except InstrumentFaults as found:
            _stop_with(file, found)
    return [new[file] for file in files]


def in_order(files: Sequence[Path]) -> list[Path]:
    """The files, each after the one that it follows. Files that follow each other end the command."""
    read = {file: read_or_stop(file) for file in files}
    by_name = {(each.code, each.version): file for file, each in read.items()}
    followed = {file: (each.code, each.follows.version) for file, each in read.items() if each.follows is not None}
    graph = {file: [by_name[followed[file]]] if followed.get(file) in by_name else [] for file in read}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        named = ", ".join(sorted({str(file) for file in error.args[1]}))
        stop(say("these files follow each other: {files}", files=named))


def _find_followed(file: Path, checked: Instrument) -> Instrument | None:
    """The version that an instrument follows, if its file is beside this one or among the shipped ones."""
    for each in (*sorted(file.parent.glob("*.toml")), *shipped_instruments()):
        try:
            found = read_instrument(each.read_bytes())
        except InstrumentFaults:
            continue
        if checked.follows is not None and (found.code, found.version) == (checked.code, checked.follows.version):
            return found
    return None


@instrument.command("check")
def check_instrument(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Lists every fault of an instrument file with its line. It needs no database.

    The version that the file follows is looked for in the same folder and among the shipped files.
    Example: `ikk instrument check my-index.toml`
    """
    checked = read_or_stop(file)
    tell(
        say(
            "{instrument} ({status}): {questions} questions, {indicators} indicators in {dimensions} dimensions, "
            "{digest}",
            instrument=f"{checked.code} {checked.version}",
            status=checked.status,
            questions=len(checked.question),
            indicators=len(checked.indicator),
            dimensions=len(checked.dimension),
            digest=checked.digest,
        )
    )
    if checked.follows is not None:
        _check_followed(file, checked, checked.follows.version)


def _check_followed(file: Path, checked: Instrument, version: str) -> None:
    earlier = _find_followed(file, checked)
    if earlier is None:
        tell(say("it follows {version}, which is in no file here; publishing compares the two", version=version))
        return
    try:
        check_follows(file.read_bytes(), instrument_of(checked), instrument_of(earlier))
    except InstrumentFaults as found:
        _stop_with(file, found)
    tell(say("it can follow {version} as it says", version=version))


@instrument.command("publish")
def publish_instrument(
    files: Annotated[
        list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Default: the shipped files")
    ] = None,
) -> None:
    """Publishes instrument files, all or none. A published version never changes, and a new one closes no other.

    Running servers use them within IKK_REFRESH_SECONDS. Example: `ikk instrument publish my-index.toml`
    """
    chosen = files or shipped_instruments()
    in_order(chosen)
    try:
        outcomes = with_session(lambda session: publish_all(session, chosen))
    except instruments.FrozenInstrumentError as error:
        stop(translate(str(error)))
    for file, new in zip(chosen, outcomes, strict=True):
        tell(f"{file.name}: {say('published') if new else say('already published')}")
