"""Reads an instrument file of any format, and checks one before it is published."""

import hashlib
from codecs import BOM_UTF8
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from app.scoring.format_1 import instrument_of
from app.scoring.instrument import Instrument
from app.scoring.load import read_instrument as read_format_1
from app.scoring.reading.fault_texts import FAULT_TEXTS
from app.scoring.reading.faults import EnoughError, FileFault, Found, InstrumentFaults
from app.scoring.reading.format_2 import read_format_2
from app.scoring.reading.toml import as_json, decode, parse

NEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. instrument is None if there are faults. Both lists are in the order of the file."""

    instrument: Instrument | None
    faults: tuple[FileFault, ...]
    warnings: tuple[FileFault, ...]


def read_instrument(file: bytes) -> Instrument:
    """The Instrument in the bytes of a file, with its digest. Raises InstrumentFaults."""
    checked = check_instrument_file(file)
    if checked.instrument is None:
        raise InstrumentFaults(checked.faults)
    return checked.instrument


def check_instrument_file(file: bytes) -> Checked:
    """Everything that is wrong with a file, and what its author may not have meant."""
    try:
        text = decode(file)
        tables, places = parse(text)
    except InstrumentFaults as unread:
        return Checked(None, tuple(unread.faults), ())
    if tables.get("format") == 1:
        return _check_format_1(file)
    found = Found(places, FAULT_TEXTS)
    if type(tables.get("format")) is not int or tables["format"] != NEWEST:
        found.add("format_unknown", ("format",))
    with suppress(EnoughError):
        instrument = read_format_2(tables, digest_of(file), as_json(tables), found)
    faults, warnings = InstrumentFaults(found.faults).faults, InstrumentFaults(found.warnings).faults
    return Checked(None if faults else instrument, tuple(faults), tuple(warnings))


def _check_format_1(file: bytes) -> Checked:
    try:
        return Checked(instrument_of(read_format_1(file)), (), ())
    except InstrumentFaults as found:
        return Checked(None, tuple(found.faults), ())


def digest_of(file: bytes) -> str:
    """sha-256:<hex> over the bytes of a file without a byte order mark."""
    return "sha-256:" + hashlib.sha256(file.removeprefix(BOM_UTF8)).hexdigest()
