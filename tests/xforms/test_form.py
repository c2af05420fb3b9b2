"""Forms of instruments: what they ask, in which languages, and what no phone can carry."""

import io
import re
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import openpyxl
import pytest

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.scoring.conditions import Equal
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.xforms import names
from app.xforms.form import GENERATOR, CannotCarryError, make_form, make_rows
from app.xforms.survey import name_of
from tests.scoring.format_2 import EXAMPLES, example

XFORMS = "{http://www.w3.org/2002/xforms}"
SHIPPED = sorted(file.stem for file in SHIPPED_INSTRUMENTS.glob("*.toml"))
LANGUAGES = ("Bahasa Indonesia (id)", "English (en)")


def shipped(name: str = "ikk-29-2026.1") -> Instrument:
    return read_instrument((SHIPPED_INSTRUMENTS / f"{name}.toml").read_bytes())


def small(name: str) -> Instrument:
    return read_instrument(example(name).encode())


def rows(instrument: Instrument) -> dict[str, dict[str, str]]:
    survey, _, _ = make_rows(instrument)
    return {row["name"]: row for row in survey.rows if "name" in row}


def xform(instrument: Instrument) -> Element:
    return fromstring(make_form(instrument).xform)


def test_it_is_known_by_code_version_and_generator() -> None:
    form = make_form(shipped())
    [root] = [each for each in fromstring(form.xform).iter() if each.get("id") == "ikk-29"]
    assert (form.form_id, form.version, form.scores) == ("ikk-29", f"2026.1-{GENERATOR}", True)
    assert root.get("version") == form.version


@pytest.mark.parametrize("name", SHIPPED)
def test_the_same_instrument_makes_the_same_bytes(name: str) -> None:
    first, second = make_form(shipped(name)), make_form(shipped(name))
    assert (first.xform, first.xlsform, first.md5) == (second.xform, second.xlsform, second.md5)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_question_is_asked_in_every_language(name: str) -> None:
    instrument = shipped(name)
    found = rows(instrument)
    for question in instrument.questions:
        said = question.text.model_dump()
        row = found[question.code]
        assert {code: row[f"label::{name_of(code)}"] for code in ("id", "en")} == said
        if question.hint is not None:
            for code, text in question.hint.model_dump().items():
                assert row[f"hint::{name_of(code)}"].endswith(text)
    survey, _, _ = make_rows(instrument)
    for row in (*survey.rows, *survey.choices):
        for column in ("label", "hint", "constraint_message"):
            told = [f"{column}::{language}" in row for language in LANGUAGES]
            assert told in ([True, True], [False, False]), row


def test_a_third_language_of_the_file_is_one_of_the_form() -> None:
    row = rows(small("everything"))["members"]
    assert row["hint::bjn (bjn)"] == "Sabarataan"


def test_what_is_required_cannot_be_refused() -> None:
    instrument = shipped()
    survey, _, _ = make_rows(instrument)
    found = rows(instrument)
    lists: dict[str, set[str]] = {}
    for each in survey.choices:
        lists.setdefault(each["list_name"], set()).add(each["name"])
    for question in instrument.questions:
        row = found[question.code]
        withheld = names.why(question.code) in found
        if question.type == "choice":
            withheld = {"refused", "dont_know"} <= lists[row["type"].split()[1]]
        assert withheld is not question.required
        assert (row.get("required") == "yes") is question.required


def test_sections_are_groups_and_read_aloud() -> None:
    instrument = shipped()
    found = rows(instrument)
    for section in instrument.sections:
        assert found[f"_section_{section.code}"][f"label::{LANGUAGES[0]}"] == section.title.id
        if section.read is not None:
            assert found[f"_read_{section.code}"][f"label::{LANGUAGES[0]}"] == section.read.id.strip()


def test_limits_and_filters_are_those_of_the_file() -> None:
    found = rows(shipped())
    assert ". >= 0" in found["children_0_17"]["constraint"]
    assert "${members}" in found["children_0_17"]["constraint"]
    assert found["marriage_document"]["relevant"] == "${_asked_marriage_document} = '1'"
    assert found["income_month"]["type"] == "decimal"
    assert "1000000000" in found["income_month"]["constraint"]
    assert found["members"]["type"] == "integer"


def test_several_dates_texts_and_rosters() -> None:
    found = rows(small("everything"))
    assert found["assets"]["type"].startswith("select_multiple ")
    assert "count-selected(.) <= 3" in found["assets"]["constraint"]
    assert "not(selected(., 'none') and count-selected(.) > 1)" in found["assets"]["constraint"]
    assert found["water_specify"]["relevant" if "relevant" in found["water_specify"] else "type"]
    assert found["born"]["type"] == "date"
    assert names.DAY in found["born"]["constraint"]
    assert "${born}" in found["married"]["constraint"]
    assert "string-length(.) >= 3" in found["code"]["constraint"]
    assert "regex(., '^[0-9]+$')" in found["code"]["constraint"]
    assert found["p"]["type"] == "begin_repeat"
    assert found["plot"]["repeat_count"]
    assert not [name for name in found if "nik" in name.casefold()]


def test_sensitive_questions_are_marked() -> None:
    instrument = shipped()
    found = rows(instrument)
    marked = {each.code for each in instrument.questions if "Pertanyaan pribadi" in str(found[each.code])}
    assert marked == {each.code for each in instrument.questions if each.sensitive}


def test_what_the_family_is_asked_is_not_asked_twice() -> None:
    assert {names.MEMBERS, names.HEAD_SEX}.isdisjoint(rows(shipped()))
    found = rows(small("counting"))
    assert {names.MEMBERS, names.HEAD_SEX} <= found.keys()


def test_the_consent_comes_first_and_the_family_card_after_it() -> None:
    survey, settings, _ = make_rows(shipped())
    order = [row.get("name") for row in survey.rows]
    places = [order.index(each) for each in (names.VILLAGE, names.CONSENT, names.INTERVIEW, names.CARD, "members")]
    assert places == sorted(places)
    found = rows(shipped())
    assert found[names.INTERVIEW]["relevant"] == f"${{{names.CONSENT}}} = 'yes'"
    assert "required" not in found[names.CARD]
    assert "string-length(.) = 16" in found[names.CARD]["constraint"]
    assert names.CARD not in settings["instance_name"]
    assert set(re.findall(r"\$\{(\w+)\}", settings["instance_name"])) == {names.PLACE, names.START}


def test_it_can_be_edited_and_has_a_salt_and_no_audit() -> None:
    root = xform(shipped())
    [submission] = list(root.iter(f"{XFORMS}submission"))
    assert {name.rpartition("}")[2]: each for name, each in submission.attrib.items()}["client-editable"] == "true"
    binds = {str(each.get("nodeset")): each for each in root.iter(f"{XFORMS}bind")}
    assert binds[f"/data/{names.SALT}"].get("calculate") == "once(uuid())"
    assert not [each for each in root.iter() if each.tag.rpartition("}")[2] in ("audit", "upload")]


def test_intermediate_values_are_texts() -> None:
    for bind in xform(shipped()).iter(f"{XFORMS}bind"):
        if bind.get("calculate") is not None:
            assert bind.get("type") == "string"


def test_the_result_is_marked_as_provisional_in_both_languages() -> None:
    row = rows(shipped())["_provisional"]
    assert "sementara" in row[f"label::{LANGUAGES[0]}"]
    assert "provisional" in row[f"label::{LANGUAGES[1]}"]


@pytest.mark.parametrize("name", ["stages", "likert", "levels", "everything"])
def test_what_a_phone_cannot_compute_is_shown_after_sending(name: str) -> None:
    found = rows(small(name))
    assert make_form(small(name)).scores is False
    assert "setelah" in found["_score_after_sending"][f"label::{LANGUAGES[0]}"]
    assert names.HUNDREDTHS not in found


def test_too_large_numbers_are_not_computed() -> None:
    instrument = shipped()
    groups = tuple(replace(each, weight=each.weight * (10**8 + at)) for at, each in enumerate(instrument.main.groups))
    heavy = replace(instrument, indices=(replace(instrument.main, groups=groups),))
    assert make_form(heavy).scores is False


def test_a_question_that_no_phone_can_ask_is_refused_with_reasons() -> None:
    instrument = shipped()
    long = tuple(
        replace(each, maximum=each.maximum * 10**12) if each.code == "income_month" and each.maximum else each
        for each in instrument.questions
    )
    with pytest.raises(CannotCarryError) as caught:
        make_form(replace(instrument, questions=long))
    [(indonesian, english)] = caught.value.reasons
    assert indonesian.startswith("income_month: ")
    assert english.startswith("income_month: ")
    assert indonesian != english


def test_codes_that_differ_in_case_alone_get_their_own_nodes() -> None:
    instrument = small("counting")
    first = instrument.questions[0]
    twin = replace(first, code=first.code.upper(), ask_when=None, at_most=None)
    found = names.node_names(replace(instrument, questions=(*instrument.questions, twin)))
    assert len({each.casefold() for each in found.values()}) == len(found)


def test_names_of_the_form_clash_with_no_code() -> None:
    instrument = shipped()
    main = instrument.main
    codes = ["none", "private", "top", "NONE", "heading", "shown"]
    kept = (
        tuple(replace(each, code=code) for code, each in zip(codes, main.indicators, strict=False))
        + main.indicators[len(codes) :]
    )
    odd = replace(instrument, indices=(replace(main, indicators=kept),))
    assert make_form(odd).scores


def test_a_text_is_no_reference() -> None:
    instrument = small("counting")
    first = instrument.questions[0]
    odd = first.text.model_copy(update={"id": "Harga ${x} & <b>"})
    made = make_form(replace(instrument, questions=(replace(first, text=odd), *instrument.questions[1:])))
    assert b"Harga $ {x} &amp; &lt;b&gt;" in made.xform


@pytest.mark.parametrize("name", [SHIPPED[0], *EXAMPLES])
def test_the_workbook_has_the_same_rows(name: str) -> None:
    instrument = shipped(name) if name in SHIPPED else small(name)
    form = make_form(instrument)
    book = openpyxl.load_workbook(io.BytesIO(form.xlsform), read_only=True)
    assert book.sheetnames == ["survey", "choices", "settings"]
    survey, settings, _ = make_rows(instrument)
    table = list(book["survey"].iter_rows(values_only=True))
    assert table[0] == tuple(survey.columns)
    assert len(table) == len(survey.rows) + 1
    assert next(iter(book["settings"].iter_rows(values_only=True))) == tuple(settings)


def test_conditions_that_are_unknown_ask_nothing() -> None:
    instrument = shipped()
    condition = instrument.question["marriage_document"].ask_when
    assert isinstance(condition, Equal)
    calculation = rows(instrument)["_asked_marriage_document"]["calculation"]
    assert calculation.startswith("if(")
    assert calculation.count("'0'") == 1
