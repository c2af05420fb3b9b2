"""Reads an instrument file of any format, and checks one before it is published."""

import hashlib
import re
import tomllib
from codecs import BOM_UTF8
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.scoring.instrument import Instrument
from app.scoring.packing import MOST_DIGITS, digits_of
from app.scoring.reading.fault_texts import FAULT_TEXTS
from app.scoring.reading.faults import EnoughError, FileFault, Found, InstrumentFaults, in_order
from app.scoring.reading.format_1 import read_format_1
from app.scoring.reading.format_1_classes import instrument_of
from app.scoring.reading.format_1_strict import tell_lenient_values
from app.scoring.reading.format_2 import read_format_2
from app.scoring.reading.mismatches import tell_mismatches
from app.scoring.reading.places import Places
from app.scoring.reading.toml import as_json, decode, parse
from app.scoring.reading.warnings import Read, tell_warnings

_FORMAT_1: Final = re.compile(rb"^format = 1\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. instrument is None if there are faults. Both lists are in the order of the file."""

    instrument: Instrument | None
    faults: tuple[FileFault, ...]
    warnings: tuple[FileFault, ...]


def read_instrument(file: bytes) -> Instrument:
    """The Instrument in the bytes of a file, with its digest. Raises InstrumentFaults.

    A published file can be read for ever. So neither its worked cases nor the strict types of format 1 are looked at.
    """
    instrument = _read_valid(file)
    if instrument is not None:
        return instrument
    read = _read(file)
    if read.instrument is None:
        raise InstrumentFaults(read.found.faults)
    return read.instrument


def _read_valid(file: bytes) -> Instrument | None:
    """The Instrument without a look at the places of its entries, which only faults name. None if there is a fault."""
    found = Found(Places(""), FAULT_TEXTS)
    try:
        if _FORMAT_1.search(file):
            return instrument_of(read_format_1(file))
        tables = tomllib.loads(decode(file), parse_float=Decimal)
        instrument, _ = read_format_2(tables, digest_of(file), as_json(tables), found)
    except (InstrumentFaults, EnoughError, ValueError, RecursionError):
        return None
    return None if found.faults else instrument


def check_instrument_file(file: bytes, today: date | None = None) -> Checked:
    """Everything that is wrong with a file, and what its author may not have meant.

    today: to warn of a file that is valid only much later
    """
    try:
        read = _read(file)
    except InstrumentFaults as unread:
        return Checked(None, tuple(unread.faults), ())
    found = read.found
    with suppress(EnoughError):
        if read.tables.get("format") == 1:
            _check_strictly(read)
        if read.instrument is not None and digits_of(read.instrument) > MOST_DIGITS:
            found.add("sums_too_large", ("indicator",))
        if read.instrument is not None and not found.faults:
            tell_mismatches(read.instrument, found)
        if read.entries is not None and not found.faults:
            tell_warnings(read.entries, today)
    return Checked(None if found.faults else read.instrument, in_order(found.faults), in_order(found.warnings))


@dataclass(frozen=True, slots=True)
class _Read:
    """instrument is None if there are faults."""

    tables: Mapping[str, Any]
    instrument: Instrument | None
    found: Found
    entries: Read | None
    """What warnings need of a file of format 2."""


def _read(file: bytes) -> _Read:
    """Raises InstrumentFaults for what is no TOML."""
    tables, places = parse(decode(file))
    found = Found(places, FAULT_TEXTS)
    instrument, read = None, None
    if tables.get("format") == 1 and (type(tables["format"]) is not bool or "index" not in tables):
        try:
            instrument = instrument_of(read_format_1(file))
        except InstrumentFaults as told:
            found.faults |= set(told.faults)
        return _Read(tables, instrument, found, None)
    with suppress(EnoughError):
        instrument, read = read_format_2(tables, digest_of(file), as_json(tables), found)
    return _Read(tables, None if found.faults else instrument, found, read)


def _check_strictly(read: _Read) -> None:
    """What loading a file of format 1 lets pass. A line that has a fault already gets no second one."""
    lines = {each.line for each in read.found.faults}
    strict = Found(read.found.places, FAULT_TEXTS)
    with suppress(EnoughError):
        tell_lenient_values(read.tables, strict)
    read.found.faults |= {each for each in strict.faults if each.line not in lines}


def digest_of(file: bytes) -> str:
    """sha-256:<hex> over the bytes of a file without a byte order mark."""
    return "sha-256:" + hashlib.sha256(file.removeprefix(BOM_UTF8)).hexdigest()
