"""A file whose sums would not fit into the database is refused before anybody publishes it."""

from app.scoring.packing import MOST_DIGITS, digits_of
from app.scoring.reading.files import check_instrument_file, read_instrument
from tests.scoring.format_2 import complete

_HEAD = """\
option_list = [{ code = "yn", options = [{ code = "y" }, { code = "n" }] }]
question = [{ code = "q", type = "choice", options = "yn" }]
"""


def file_of(indices: int, indicators: int) -> bytes:
    """Every indicator belongs to every index."""
    index = ", ".join(f'{{ code = "i{number}", method = "mean" }}' for number in range(indices))
    rule = 'fulfilled_when.equal = ["q", "y"]'
    indicator = ", ".join(f'{{ code = "{number}", {rule} }}' for number in range(indicators))
    return complete(f"{_HEAD}index = [{index}]\nindicator = [{indicator}]\n").encode()


def test_the_largest_file_that_fits_is_valid_and_a_larger_one_is_told_at_its_indicators() -> None:
    one, two = (digits_of(read_instrument(file_of(10, number))) for number in (1, 2))
    most = 1 + (MOST_DIGITS - one) // (two - one)

    assert digits_of(read_instrument(file_of(10, most))) <= MOST_DIGITS
    assert check_instrument_file(file_of(10, most)).faults == ()
    beyond = file_of(10, most + 1)
    (fault,) = check_instrument_file(beyond).faults
    assert (fault.code, fault.line) == ("E02", beyond[: beyond.index(b"\nindicator")].count(b"\n") + 2)
    assert "too many indices, groups and indicators" in fault.message
