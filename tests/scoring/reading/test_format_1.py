"""Reads files of format 1: every kind of fault is listed with its line, and a valid file gives an instrument."""

import hashlib
from codecs import BOM_UTF8
from datetime import date
from fractions import Fraction

import pytest

from app.scoring.answers import check_answers
from app.scoring.reading.faults import InstrumentFaults
from app.scoring.reading.files import read_instrument
from app.scoring.reading.format_1 import line_in, read_format_1
from app.scoring.reading.format_1_classes import Instrument
from app.scoring.score import score
from tests.scoring.small import SMALL, changed, place_of

M1 = 'code = "M1"\ndimension = "MONEY"'
M1_RULE = 'fulfilled_when = { equal = ["savings", "yes"] }'
H1_RULE = 'fulfilled_when = { compare = ["insured", ">", 0] }'
ASK = 'ask_when = { compare = ["members", ">", 1] }'
LOW = "below = 50\n"
MIDDLE = "up_to = 75\n"


def read(text: str) -> Instrument:
    return read_format_1(text.encode("utf-8"))


def faults_in(file: str | bytes) -> list[tuple[int, str]]:
    with pytest.raises(InstrumentFaults) as raised:
        read_format_1(file if isinstance(file, bytes) else file.encode("utf-8"))
    return [(fault.line, fault.message) for fault in raised.value.faults]


def test_a_third_partys_small_file_loads_and_scores_without_any_code() -> None:
    instrument, day = read_instrument(SMALL.encode("utf-8")), date(2026, 1, 1)
    answers: dict[str, str | int] = {"members": 3, "insured": 2, "savings": "yes"}
    assert check_answers(answers, instrument, day) == (answers, [])
    result = score(answers, instrument, day).main
    assert result.basis.outcomes == "FUF"
    assert [each.value for each in result.groups] == [40, 100]
    assert result.value == Fraction(3 * 40 + 100, 4)
    assert result.category == 1


def test_the_digest_is_of_the_bytes() -> None:
    file = SMALL.encode("utf-8")
    assert read_format_1(file).digest == "sha-256:" + hashlib.sha256(file).hexdigest()
    assert read_format_1(file + b"# more\n").digest != read_format_1(file).digest


REPEATS = [
    ('[[source]]\ncode = "book"\ntitle = "B"\n', "source 'book' is there twice"),
    ('[[section]]\ncode = "all"\ntitle = { id = "a", en = "b" }\n', "section 'all' is there twice"),
    (
        '[[option_list]]\noptions = [{ code = "yes", text = { id = "a", en = "b" } },\n'
        '{ code = "no", text = { id = "a", en = "b" } }]\ncode = "yes_no"\n',
        "option_list 'yes_no' is there twice",
    ),
    (
        '[[question]]\nsection = "all"\ntype = "choice"\ntext = { id = "a", en = "b" }\n'
        'options = "yes_no"\ncode = "savings"\n',
        "question 'savings' is there twice",
    ),
    (
        '[[dimension]]\nname = { id = "a", en = "b" }\nweight = 1\nstatus = "provisional"\nsources = []\n'
        'code = "MONEY"\n',
        "dimension 'MONEY' is there twice",
    ),
    (
        '[[indicator]]\ndimension = "MONEY"\nname = { id = "a", en = "b" }\nweight = 1\nstatus = "provisional"\n'
        'sources = []\nfulfilled_when = { answered = "savings" }\ncode = "M1"\n',
        "indicator 'M1' is there twice",
    ),
]


@pytest.mark.parametrize(("table", "message"), REPEATS, ids=[message for _, message in REPEATS])
def test_a_code_that_is_there_twice_is_named_where_it_comes_again(table: str, message: str) -> None:
    text = f"{SMALL}\n{table}"
    code = message.split("'")[1]
    assert faults_in(text) == [(place_of(f'code = "{code}"', text), message)]


def test_a_category_that_is_there_twice_is_named() -> None:
    text = changed('code = "high"', 'code = "low"')
    assert faults_in(text) == [(place_of('code = "low"', text), "category 'low' is there twice")]


# The text to replace, its replacement, the text on whose line the first such fault is, and the fault's message.
BROKEN = [
    ('method = "mean-of-dimensions"', 'method = "magic"', 'method = "magic"', "Input should be 'mean-of-dimensions'"),
    ("format = 1", "format = 2", "format = 2", "Input should be 1"),
    ('code = "small"', 'code = "Small one"', "Small one", "should match pattern"),
    ("minimum = 1\n", "minimum = -1\n", "minimum = -1", "greater than or equal to 0"),
    ("minimum = 1\n", "minimum = 1\nmaximim = 9\n", "maximim", "question.1.maximim: Extra inputs"),
    ("weight = 3", "weight = 0", "weight = 0", "dimension.1.weight: Input should be greater than 0"),
    ("weight = 3", "weight = nan", "weight = nan", "dimension.1.weight: Input should be a finite number"),
    ("weight = 1.5", 'weight = "much"', 'weight = "much"', "indicator.2.weight: Input should be a valid decimal"),
    (H1_RULE, 'fulfilled_when = { equal = ["insured"] }', '{ equal = ["insured"]', "equal takes"),
    (H1_RULE, "", '[[indicator]]\ncode = "H1"', "indicator.1.fulfilled_when: Field required"),
    ('{ code = "no", ', '{ code = "yes", ', "options = [", "option 'yes' is there twice"),
    ('{ code = "no", ', '{ code = "refused", ', "options = [", "option 'refused' has a fixed meaning"),
    ('options = "yes_no"', 'options = "no_yes"', 'options = "no_yes"', "no option_list 'no_yes'"),
    ('options = "yes_no"\n', "", '[[question]]\ncode = "savings"', "no option_list ''"),
    ('code = "all"', 'code = "every"', 'section = "all"', "no section 'all'"),
    (M1, M1.replace("MONEY", "CASH"), 'dimension = "CASH"', "no dimension 'CASH'"),
    (M1, M1.replace("MONEY", "HEALTH"), 'code = "MONEY"', "dimension 'MONEY' has no indicator"),
    ('code = "book"', 'code = "booklet"', 'sources = ["book"]', "no source 'book'"),
    (ASK, ASK.replace("members", "later"), "ask_when", "no earlier question 'later'"),
    (ASK, ASK.replace("members", "savings"), "ask_when", "no earlier question 'savings'"),
    (M1_RULE, M1_RULE.replace("savings", "spendings"), "spendings", "no question 'spendings'"),
    (M1_RULE, M1_RULE.replace("yes", "maybe"), "maybe", "question 'savings' has no option 'maybe'"),
    (M1_RULE, M1_RULE.replace("yes", "dont_know"), "dont_know", "'dont_know' makes a condition unknown"),
    (M1_RULE, M1_RULE.replace("savings", "insured"), '["insured", "yes"]', "question 'insured' is a number"),
    (H1_RULE, H1_RULE.replace("insured", "savings"), '["savings", ">", 0]', "question 'savings' is a choice"),
    ('at_most = "members"', 'at_most = "savings"', "at_most", "no earlier number 'savings'"),
    ('at_most = "members"', 'at_most = "nobody"', "at_most", "no earlier number 'nobody'"),
    ('at_most = "members"', 'options = "yes_no"', 'options = "yes_no"\n\n', "a number has no options"),
    ("minimum = 1\n", "", 'code = "members"', "a number needs minimum and maximum"),
    ("minimum = 1\n", "minimum = 51\n", "minimum = 51", "minimum is above maximum"),
    (ASK, "minimum = 1", 'type = "choice"', "a choice has no minimum, maximum or at_most"),
    ("minimum_answered = 2", "minimum_answered = 4", "minimum_answered = 4", "more than there are indicators"),
    ("minimum_answered = 1", "minimum_answered = 2\n", "minimum_answered = 2\n\n", "more than the dimension has"),
    (MIDDLE, "up_to = 50\n", 'code = "middle"', "bounds must rise"),
    (MIDDLE, "up_to = 100\n", 'code = "middle"', "bounds must rise"),
    (LOW, "below = 0\n", 'code = "low"', "bounds must rise"),
    (LOW, "", 'code = "low"', "one of below and up_to is needed"),
    (LOW, "below = 50\nup_to = 50\n", 'code = "low"', "one of below and up_to is needed"),
    ('code = "high"', 'code = "high"\nbelow = 90', 'code = "high"', "the last category has no bound"),
    ('status = "provisional"\nvalid', 'status = "official"\nvalid', 'status = "official"', "is provisional"),
    ('version = "1.0"', 'version = "1.0"\ndigest = "sha-256:0"', "digest", "digest"),
]


@pytest.mark.parametrize(("old", "new", "place", "message"), BROKEN, ids=[each[3] for each in BROKEN])
def test_a_fault_is_named_with_its_line(old: str, new: str, place: str, message: str) -> None:
    text = changed(old, new)
    line = text[: text.index(place)].count("\n") + 1
    assert next(each for each in faults_in(text) if message in each[1])[0] == line


@pytest.mark.parametrize("status", ["literature", "official"])
def test_a_file_cannot_claim_more_than_its_weakest_entry(status: str) -> None:
    text = changed('status = "provisional"\nvalid', f'status = "{status}"\nvalid')
    assert faults_in(text) == [(4, f"cannot be '{status}' while an entry in the file is provisional")]


def test_a_file_may_claim_less_than_its_entries() -> None:
    text = SMALL.replace('status = "provisional"', 'status = "official"').replace('"literature"', '"official"')
    assert read(text).status == "official"
    assert read(text.replace('status = "official"', 'status = "provisional"', 1)).status == "provisional"


def test_all_faults_are_named_at_once_in_the_order_of_the_lines() -> None:
    text = changed(M1_RULE, M1_RULE.replace("yes", "maybe"))
    text = changed('section = "all"\ntype = "choice"', 'section = "none"\ntype = "choice"', text)
    text = changed("minimum_answered = 2", "minimum_answered = 9", text)
    assert faults_in(text) == [
        (place_of("minimum_answered = 9", text), "more than there are indicators"),
        (place_of('section = "none"', text), "no section 'none'"),
        (place_of("maybe", text), "question 'savings' has no option 'maybe'"),
    ]


def test_all_faults_of_form_are_named_at_once_in_the_order_of_the_lines() -> None:
    text = changed("weight = 1.5", "weight = 0", changed("format = 1", "format = 9"))
    assert [line for line, _ in faults_in(text)] == [1, place_of("weight = 0", text)]


def test_what_is_not_toml_is_named_with_its_line() -> None:
    text = changed("weak_below = 60", "weak_below = = 60")
    ((line, message),) = faults_in(text)
    assert line == place_of("= =", text)
    assert message.startswith("not TOML: ")


def test_a_file_that_ends_too_early_is_named_with_its_last_line() -> None:
    ((line, message),) = faults_in("format = 1\ncode = [")
    assert line == 2
    assert message.startswith("not TOML: ")


def test_an_empty_file_names_everything_that_is_missing() -> None:
    faults = faults_in("")
    assert {line for line, _ in faults} == {1}
    assert "indicator: Field required" in [message for _, message in faults]


def test_what_is_not_utf_8_is_named_with_its_line() -> None:
    file = SMALL.encode("utf-8").replace(b"Uang", b"\xff\xfe")
    assert faults_in(file) == [(place_of("Uang", SMALL), "the file is not UTF-8")]


@pytest.mark.parametrize("text", ["format = " + "9" * 5000, "format = " + "[" * 100_000], ids=["number", "depth"])
def test_what_the_parser_cannot_bear_is_a_fault(text: str) -> None:
    ((line, message),) = faults_in(text)
    assert line == 1
    assert message.startswith("not TOML: ")


def test_windows_line_ends_change_neither_content_nor_lines() -> None:
    windows = SMALL.replace("\n", "\r\n")
    ours, theirs = read(SMALL), read(windows)
    assert theirs.digest != ours.digest
    assert theirs.indicator == ours.indicator
    broken = changed("minimum = 1\r\n", "minimum = 51\r\n", windows)
    assert faults_in(broken) == [(place_of("minimum = 51", broken), "minimum is above maximum")]


def test_a_byte_order_mark_changes_neither_content_nor_digest_nor_lines() -> None:
    marked = BOM_UTF8 + SMALL.encode("utf-8")
    assert read_format_1(marked) == read(SMALL)
    assert line_in(marked, ("code",)) == line_in(SMALL.encode("utf-8"), ("code",))
    broken = changed("minimum = 1\n", "minimum = 51\n")
    assert faults_in(BOM_UTF8 + broken.encode("utf-8")) == faults_in(broken)
    assert faults_in(BOM_UTF8 * 2 + SMALL.encode("utf-8")) != []


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
def test_a_sign_that_only_looks_like_a_line_end_does_not_count_as_one(sign: str) -> None:
    text = changed("minimum = 1\n", "minimum = 51\n", changed("A book", f"A{sign}book"))
    assert faults_in(text) == [(place_of("minimum = 51", text), "minimum is above maximum")]


@pytest.mark.parametrize("comment", ['# three """ quotes', "# three ''' quotes", "# it's [[open", '# a " quote'])
def test_a_comment_does_not_shift_the_lines(comment: str) -> None:
    text = changed("minimum = 1\n", f"minimum = 51 {comment}\n", changed("[scoring]", f"{comment}\n[scoring]"))
    text = changed("weight = 3\n", f"weight = 0 {comment}\n", text)
    text = changed("weight = 1.5", "weight = -1", text)
    assert [line for line, _ in faults_in(text)] == [place_of("weight = 0", text), place_of("weight = -1", text)]
