"""`ikk instrument` checks and publishes questionnaires with their scoring."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from app.commands.base import out, stop, with_session
from app.scoring.instrument import Instrument
from app.scoring.load import InstrumentFaults, read_instrument
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
        stop("\n".join(f"{file}:{fault.line}: {fault.message}" for fault in found.faults))


async def publish_all(session: AsyncSession, files: Sequence[Path]) -> list[bool]:
    """Publishes all files or none. Returns for each file whether it is new."""
    return [await instruments.publish_instrument(session, file.read_bytes()) for file in files]


@instrument.command("check")
def check_instrument(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Lists every fault of an instrument file with its line. It needs no database.

    Example: `ikk instrument check my-index.toml`
    """
    checked = read_or_stop(file)
    out.print(
        f"{checked.code} {checked.version} ({checked.status}): {len(checked.question)} questions, "
        f"{len(checked.indicator)} indicators in {len(checked.dimension)} dimensions, {checked.digest}",
        soft_wrap=True,
    )


@instrument.command("publish")
def publish_instrument(
    files: Annotated[
        list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Default: the shipped files")
    ] = None,
) -> None:
    """Publishes instrument files, all or none. A published version never changes.

    Running servers use them within IKK_REFRESH_SECONDS. Example: `ikk instrument publish my-index.toml`
    """
    chosen = files or shipped_instruments()
    for file in chosen:
        read_or_stop(file)
    try:
        outcomes = with_session(lambda session: publish_all(session, chosen))
    except instruments.FrozenInstrumentError as error:
        stop(str(error))
    for file, new in zip(chosen, outcomes, strict=True):
        out.print(f"{file.name}: {'published' if new else 'already published'}")
