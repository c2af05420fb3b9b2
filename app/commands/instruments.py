"""`ikk instrument` checks and publishes questionnaires with their scoring."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Literal

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from app.commands.base import note, stop, stop_with, tell, warn, with_session
from app.commands.comparing import compare_instruments
from app.commands.instrument_files import line_of, message_of, read_or_stop
from app.commands.trying import try_instrument
from app.language.catalogue import say, translate
from app.regions.codes import COUNTRY
from app.regions.local_time import local_day
from app.schemas.moments import read_day
from app.scoring.catalogue import Retirement
from app.scoring.follows import check_follows
from app.scoring.instrument import Instrument
from app.scoring.reading.faults import InstrumentFaults
from app.scoring.reading.files import Checked, check_instrument_file, read_instrument
from app.services.reference import instruments
from app.xforms.form import CannotCarryError, faults_of, make_rows

SHIPPED_INSTRUMENTS = Path(__file__).parents[1] / "instruments"

instrument = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Questionnaires with their scoring."
)

instrument.command("try")(try_instrument)
instrument.command("diff")(compare_instruments)


def shipped_instruments() -> list[Path]:
    return sorted(SHIPPED_INSTRUMENTS.glob("*.toml"))


def _today() -> date:
    return local_day(datetime.now(UTC), COUNTRY)


async def publish_all(session: AsyncSession, files: Sequence[Path]) -> list[bool]:
    """Publishes all files or none, each after the one that it follows. Returns for each file whether it is new."""
    new: dict[Path, bool] = {}
    for file in in_order(files):
        try:
            new[file] = await instruments.publish_instrument(session, file.read_bytes())
        except InstrumentFaults as found:
            stop_with([line_of(file, each) for each in found.faults])
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


@instrument.command("check")
def check_instruments(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="What to print. JSON is for editors and programs")
    ] = "text",
) -> None:
    """Lists every fault and warning of instrument files, each with its line and column. It needs no database.

    It ends with exit status 1 if a file has a fault. Warnings do not count. The version that a file
    follows is looked for in the same folder and among the shipped files.
    Example: `ikk instrument check my-index.toml`
    """
    found = {file: _check(file) for file in files}
    if form == "json":
        tell(json.dumps([row for file, checked in found.items() for row in _rows(file, checked)], ensure_ascii=False))
    else:
        for file, checked in found.items():
            _show(file, checked)
    if any(checked.faults for checked in found.values()):
        raise typer.Exit(1)


def _check(file: Path) -> Checked:
    """What is wrong with a file, also beside the version that it follows."""
    checked = _check_for_phones(check_instrument_file(file.read_bytes(), _today()))
    earlier = None if checked.instrument is None else _find_followed(file, checked.instrument)
    if checked.instrument is None or earlier is None:
        return checked
    try:
        check_follows(file.read_bytes(), checked.instrument, earlier)
    except InstrumentFaults as told:
        return replace(checked, faults=tuple(told.faults))
    return checked


def _check_for_phones(checked: Checked) -> Checked:
    """The same, with what a phone cannot carry. A file with such a fault is not published."""
    if checked.instrument is None:
        return checked
    try:
        make_rows(checked.instrument)
    except CannotCarryError as error:
        return replace(checked, faults=(*checked.faults, *faults_of(error)))
    return checked


def _rows(file: Path, checked: Checked) -> Iterator[dict[str, str | int | None]]:
    for severity, faults in (("error", checked.faults), ("warning", checked.warnings)):
        for each in faults:
            yield {
                "file": str(file),
                "line": each.line,
                "column": each.column,
                "code": each.code or None,
                "severity": severity,
                "message": message_of(each),
            }


def _show(file: Path, checked: Checked) -> None:
    if checked.faults:
        note("\n".join(line_of(file, each) for each in checked.faults))
    _warn(file, checked)
    if checked.instrument is None:
        return
    read = checked.instrument
    tell(
        say(
            "{instrument} ({status}): {questions} questions, {indicators} indicators, {indices} indices, "
            "{cases} cases, {digest}",
            instrument=f"{read.code} {read.version}",
            status=read.status,
            questions=len(read.questions),
            indicators=sum(len(index.indicators) for index in read.indices),
            indices=len(read.indices),
            cases=len(read.cases) + len(read.region_cases),
            digest=read.digest,
        )
    )
    if read.follows is not None and not checked.faults:
        version = read.follows.version
        if _find_followed(file, read) is None:
            tell(say("it follows {version}, which is in no file here; publishing compares the two", version=version))
        else:
            tell(say("it can follow {version} as it says", version=version))


def _warn(file: Path, checked: Checked) -> None:
    if checked.warnings:
        warn("\n".join(line_of(file, each) for each in checked.warnings))


def _find_followed(file: Path, checked: Instrument) -> Instrument | None:
    """The version that an instrument follows, if its file is beside this one or among the shipped ones."""
    if checked.follows is None:
        return None
    for each in (*sorted(file.parent.glob("*.toml")), *shipped_instruments()):
        try:
            found = read_instrument(each.read_bytes())
        except InstrumentFaults:
            continue
        if (found.code, found.version) == (checked.code, checked.follows.version):
            return found
    return None


@instrument.command("publish")
def publish_instrument(
    files: Annotated[
        list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Default: the shipped files")
    ] = None,
) -> None:
    """Publishes instrument files, all or none. A published version never changes, and a new one closes no other.

    It shows the warnings of what is new. Run `ikk instrument check` before, because a published file is frozen.

    Running servers use them within IKK_REFRESH_SECONDS. Example: `ikk instrument publish my-index.toml`
    """
    chosen = files or shipped_instruments()
    in_order(chosen)
    try:
        outcomes = with_session(lambda session: publish_all(session, chosen))
    except instruments.FrozenInstrumentError as error:
        stop(translate(str(error)))
    for file, new in zip(chosen, outcomes, strict=True):
        if new:
            _warn(file, check_instrument_file(file.read_bytes(), _today()))
        tell(f"{file.name}: {say('published') if new else say('already published')}")


@instrument.command("retire")
def retire_instrument(
    code: str,
    version: str,
    after: Annotated[
        str | None, typer.Option(metavar="DATE", help="Last day of interviews that are taken, as 2026-12-31")
    ] = None,
    use: Annotated[str | None, typer.Option(metavar="VERSION", help="The version to use for later interviews")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the retirement back")] = False,
) -> None:
    """Refuses interviews that are made with a version after a day. Those made until then are taken for ever.

    Run it again to change the day or the version to use instead. Running servers follow within IKK_REFRESH_SECONDS.
    Example: `ikk instrument retire ikk-29 2025.1 --after 2026-12-31 --use 2025.2`
    """
    day = read_day(after)
    if undo == (day is not None) or (undo and use is not None):
        stop(say("give either --after with a day from 2000-01-01 to 2100-12-31, or --undo alone"), 2)
    retirement = None if day is None else Retirement(day, use)
    try:
        changed = with_session(lambda session: instruments.retire_instrument(session, code, version, retirement))
    except instruments.UnknownVersionError as error:
        stop(say("{instrument} is not published here", instrument=error))
    except instruments.RetiredItselfError as error:
        stop(say("interviews after {day} are not taken with {version} either", day=day, version=error))
    tell(_say_retirement(f"{code} {version}", retirement) if changed else say("nothing changes"))


def _say_retirement(name: str, retirement: Retirement | None) -> str:
    if retirement is None:
        return say("{instrument} is not retired any more", instrument=name)
    told = say("{instrument} takes interviews until {day}", instrument=name, day=retirement.after)
    return told if retirement.use is None else f"{told}; {say('then use {version}', version=retirement.use)}"
