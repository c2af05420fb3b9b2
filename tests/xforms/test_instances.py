"""Reads what phones send, and writes it as the body of a submission."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.scoring.answers import check_answers
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.xforms.instances import Shown, UnreadableInstanceError, body_of, read_instance
from tests.scoring.format_2 import example

ID = UUID("d94a1c76-2b8e-4f05-a3d1-6e70b9c52f48")
START = "2026-06-15T09:30:00.000+07:00"
DONE = "2026-06-15T10:12:00.000+07:00"


def shipped() -> Instrument:
    return read_instrument((SHIPPED_INSTRUMENTS / "ikk-29-2026.1.toml").read_bytes())


def everything() -> Instrument:
    return read_instrument(example("everything").encode())


def instance(
    inner: str, *, consent: str = "yes", done: str = DONE, meta: str = f"<instanceID>uuid:{ID}</instanceID>"
) -> bytes:
    return (
        '<data xmlns:orx="http://openrosa.org/xforms" id="ikk-29" version="2026.1-1">'
        f"<_start>{START}</_start><_village>6372061004</_village><_consent>{consent}</_consent>"
        f"<_interview>{inner}</_interview><_done>{done}</_done><meta>{meta}</meta></data>"
    ).encode()


def body(inner: str, instrument: Instrument) -> dict[str, Any]:
    return body_of(read_instance(instance(inner)), instrument).body


def test_it_names_the_form_and_the_instance() -> None:
    found = read_instance(instance(""))
    assert (found.form_id, found.version, found.instance_id, found.deprecated_id) == ("ikk-29", "2026.1-1", ID, None)


def test_an_edit_names_what_it_edits() -> None:
    other = UUID(int=7, version=4)
    meta = f"<orx:instanceID>uuid:{ID}</orx:instanceID><orx:deprecatedID>uuid:{other}</orx:deprecatedID>"
    assert read_instance(instance("", meta=meta)).deprecated_id == other


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"not xml",
        b"<data id='ikk-29'>",
        b"<data id='ikk-29'/>",
        instance("").replace(b' id="ikk-29"', b""),
        b"<data id='ikk-29'><meta><instanceID>uuid:1</instanceID></meta></data>",
        b"<!DOCTYPE data>" + instance(""),
        b"<!DOCTYPE data [<!ENTITY a 'b'>]><data id='a'>&a;</data>",
        b"<data id='a'>&unknown;</data>",
        b"<?xml version='1.0' encoding='no-such'?><data id='a'/>",
        b"\xff\xfe\x00",
        b"<data id='a'>" + b"<b>" * 5000 + b"</b>" * 5000 + b"</data>",
    ],
    ids=range(12),
)
def test_what_is_no_instance_is_unreadable(xml: bytes) -> None:
    with pytest.raises(UnreadableInstanceError):
        read_instance(xml)


def test_the_body_is_what_a_device_sends() -> None:
    inner = (
        "<_card_number>6372010101050001</_card_number><_section_family><members>4</members><head_sex>female</head_sex>"
        "<couple>no</couple><children_0_17>0</children_0_17></_section_family><income_month>1.0E9</income_month>"
        "<protein_days/><_why_protein_days>refused</_why_protein_days>"
        "<_state>scored</_state><_hundredths>6666</_hundredths><_category>cukup</_category>"
    )
    told = body_of(read_instance(instance(inner)), shipped())
    assert told.body == {
        "instrument": "ikk-29",
        "version": "2026.1",
        "region": "6372061004",
        "started_at": START,
        "surveyed_at": DONE,
        "family": {"card_number": "6372010101050001", "head_sex": "female", "members": 4},
        "consent": {"version": "phone-1", "given_at": START, "channel": "in_person"},
        "answers": {
            "members": 4,
            "head_sex": "female",
            "couple": "no",
            "children_0_17": 0,
            "protein_days": "refused",
            "income_month": 1_000_000_000,
        },
    }
    assert told.refused is False
    assert told.shown == Shown(6666, "cukup")


def test_without_the_tick_at_the_end_nobody_knows_how_long_it_took() -> None:
    told = body_of(read_instance(instance("", done="")), shipped()).body
    assert (told["surveyed_at"], "started_at" in told) == (START, False)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("2026-06-15T09:30:00.000+07", "2026-06-15T09:30:00.000+07:00"),
        ("2026-06-15T09:30:00.000+0700", "2026-06-15T09:30:00.000+07:00"),
        ("2026-06-15T09:30:00.000Z", "2026-06-15T09:30:00.000Z"),
        ("yesterday", "yesterday"),
    ],
)
def test_moments_get_the_minutes_of_their_offset(written: str, told: str) -> None:
    assert body_of(read_instance(instance("", done=written)), shipped()).body["surveyed_at"] == told


def test_what_is_not_asked_is_left_out() -> None:
    inner = "<couple>no</couple><marriage_document>shown</marriage_document>"
    assert body(inner, shipped())["answers"] == {"couple": "no"}


def test_answers_that_depend_on_a_faulty_one_are_kept() -> None:
    inner = "<couple>perhaps</couple><marriage_document>shown</marriage_document>"
    assert body(inner, shipped())["answers"] == {"couple": "perhaps", "marriage_document": "shown"}


@pytest.mark.parametrize("consent", ["no", "", "maybe"])
def test_without_consent_there_are_no_answers(consent: str) -> None:
    told = body_of(read_instance(instance("<members>4</members>", consent=consent)), shipped())
    assert told.refused is True
    assert told.body == {"instrument": "ikk-29", "version": "2026.1"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("4", 4), ("4.0", 4), ("4.5", "4.5"), ("four", "four"), ("1e99", 10**99), ("-1", -1), ("٤", "٤"), ("NaN", "NaN")],
)
def test_numbers_that_do_not_fit_stay_texts(sent: str, kept: object) -> None:
    assert body(f"<members>{sent}</members>", shipped())["answers"]["members"] == kept


def test_answers_of_every_type_and_rows() -> None:
    inner = (
        "<members>2</members><assets>01 95</assets><assets_specify>perahu</assets_specify><area>20.5</area>"
        "<born>1990-02-28</born><code>012</code><water>dont_know</water><farm>y</farm>"
        "<_count_p>2</_count_p><p><_relation_p>head</_relation_p><_birth_date_p>2025-04-01</_birth_date_p><imm>y</imm></p>"
        "<p><imm>y</imm></p><p><imm>n</imm></p><_count_plot>1</_count_plot><plot><plot_area>1.25</plot_area></plot>"
    )
    found = body(inner, everything())["answers"]
    assert found == {
        "members": 2,
        "water": "dont_know",
        "assets": ["01", "95"],
        "assets_specify": "perahu",
        "area": 20.5,
        "born": "1990-02-28",
        "code": "012",
        "farm": "y",
        "p": [{"person": {"relation": "head", "birth_date": "2025-04-01"}, "imm": "y"}, {}],
        "plot": [{"plot_area": 1.25}],
    }
    assert check_answers(found, everything(), date(2026, 6, 15))[1] == []


def test_it_shows_no_score_if_the_form_has_none() -> None:
    assert body_of(read_instance(instance("<members>2</members>")), everything()).shown is None
