"""Reads instrument files, and words their faults, for commands that work without a server and database."""

from pathlib import Path

from app.commands.base import stop_with
from app.language.catalogue import language, translate
from app.scoring.instrument import Instrument
from app.scoring.reading.faults import FileFault, InstrumentFaults
from app.scoring.reading.files import check_instrument_file, read_instrument


def read_or_stop(file: Path) -> Instrument:
    """The instrument in a file. An invalid one ends the command with every fault and its place."""
    try:
        return read_instrument(file.read_bytes())
    except InstrumentFaults:
        stop_with([line_of(file, each) for each in check_instrument_file(file.read_bytes()).faults])


def line_of(file: Path, fault: FileFault) -> str:
    """The fault with its place and code, as editors read it."""
    return f"{file}:{fault.line}:{fault.column}: {f'{fault.code} ' if fault.code else ''}{message_of(fault)}"


def message_of(fault: FileFault) -> str:
    """The fault in the language of the command. The catalogue has those that are in English alone."""
    return fault.text(language()) if fault.indonesian else translate(fault.message)
