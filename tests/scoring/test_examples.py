"""Every example file is valid, and each of its worked cases gives what it says."""

from pathlib import Path

import pytest

from app.scoring.cases import run_cases
from app.scoring.reading.files import check_instrument_file

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.toml"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_its_cases_give_what_they_say(file: Path) -> None:
    checked = check_instrument_file(file.read_bytes())

    assert checked.faults == ()
    assert checked.instrument is not None
    assert checked.instrument.cases
    assert checked.instrument.region_cases
    assert run_cases(checked.instrument) == []
