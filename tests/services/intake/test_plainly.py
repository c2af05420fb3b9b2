"""Whatever is accepted as plainly valid, the ordinary way accepts with an equal result.

Valid bodies are mangled as objects and as bytes, from a seed. PLAIN_BODIES sets how many (10,000) and PLAIN_SEED the
seed (6372).
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest

from app.platform.json_reading import read_object
from app.problems import Problem
from app.scoring.catalogue import Catalogue, Published, Retirement
from app.services.intake.checking import Checked, check_submission
from app.services.intake.device_clock import RIGHT
from app.services.intake.plainly import check_plainly
from app.synthetic import draw_submission, name_family
from tests.scoring.wire import EVERY_TYPE, PEOPLE, VALID, YES
from tests.support.factories import LANDASAN_ULIN_SELATAN, instrument

BODIES: Final = int(os.environ.get("PLAIN_BODIES", "10000"))
SEED: Final = os.environ.get("PLAIN_SEED", "6372")
PARTS: Final = 4
AHEAD: Final = (RIGHT, RIGHT, timedelta(minutes=6), timedelta(hours=3), timedelta(days=-400), timedelta(days=70_000))
"""By how much the clocks of devices are ahead."""
ID: Final = UUID("3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2")
LATEST: Final = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
FILES: Final = (
    "ikk-29-2025.1",
    "ikk-29-2025.2",
    "ikk-29-2026.1",
    "ikk-29-2026.2",
    "ketahanan-24-2016.1",
    "ketahanan-24-2016.2",
    "ketahanan-24-2016.3",
)
RETIRED: Final = "ketahanan-24-2016.1"
LAST_DAY: Final = date(2025, 6, 30)

_INDEX: Final = instrument().main
SCORED: Final = replace(
    EVERY_TYPE,
    questions=tuple(
        replace(each, maximum=Fraction(60)) if each.code == "assets_specify" else each for each in EVERY_TYPE.questions
    ),
    indices=(
        replace(
            _INDEX,
            groups=_INDEX.groups[:1],
            indicators=(replace(_INDEX.indicators[0], group=0, fulfilled_when=YES, applies_when=None),),
        ),
    ),
)
"""EVERY_TYPE with an index and a longer text. It has rosters, texts and dates, which no tables read."""

SALT: Final = "d94a1c76-2b8e-4f05-a3d1-6e70b9c52f48"
NAMES: Final = (
    "Siti Nurhaliza",
    "Zoë Ōsaka",
    "Nguyễn Thị",
    "꧋ꦱꦶꦠꦶ꧋",
    "Ahmad  Dua",
    " Tepi ",
    "e\u0301",
    "a\u200db",
    "O'Brien",
)
INSTANTS: Final = (
    *("2025-07-29T09:12:00+08:00", "2025-07-29t09:12:00z", "2025-07-29T09:12:00.5+08:00", "2025-07-29T09:12:00-00:00"),
    *(
        "2025-07-29T09:12:00.123456789Z",
        "2025-07-29T09:12:00.1234567890Z",
        "2025-02-30T09:12:00Z",
        "2025-07-29 09:12:00Z",
    ),
    *("2025-07-29T24:00:00Z", "2025-07-29T09:12:60Z", "2025-07-29T09:12:00", "2025-07-29T09:12Z", "20250729T091200Z"),
    *("2025-07-29T09:12:00+14:00", "2025-07-29T09:12:00+14:01", "2025-07-29T09:12:00-14:00", "2025-W01-1T00:00:00Z"),
    *("2024-12-31T16:00:00Z", "2024-12-31T15:59:59Z", "2024-12-31T17:00:00Z", "2025-12-31T23:59:59.999999+09:00"),
    *("2026-11-27T01:06:00Z", "2026-11-27T04:00:00Z", "2026-11-27T03:59:59+07:00"),
    *("2026-11-27T01:00:00Z", "2026-11-27T01:00:00.000001Z", "2026-11-27T09:00:00+08:00", "2030-01-01T00:00:00Z"),
    *("2023-09-30T16:00:00Z", "2016-01-01T00:00:00+07:00", "1999-12-31T23:59:59Z", "2000-01-01T00:00:00+14:00"),
    *("2100-12-31T00:00:00Z", "0001-01-01T00:00:00Z", "２０２５-07-29T09:12:00Z", "2025-07-29T09:12:00Z\n", ""),
)
DATES: Final = (
    "1987-04-23",
    "2025-02-29",
    "2024-02-29",
    "1899-12-31",
    "2026-06-15",
    "2025-07-29",
    "2025-07-30",
    "2101-01-01",
)
NUMBERS: Final = (
    *("6372014101900001", "6372010101900001", "6372017101900001", "6372010101900000", "6372010000900001"),
    *("6372012902010001", "6372012902000001", "6372016902040001", "1111111111111111", "0000000000000000"),
    *(
        "637201010190000",
        "63720101019000011",
        "６３７２０１０１０１９００００１",
        "6372010101900001 ",
        "9999990101900001",
    ),
)
REGIONS: Final = (
    "63.72.06.1004",
    "6372061004",
    "63.72.061004",
    "6372",
    "ID",
    "id",
    "9471010001",
    "1101012001",
    "0000000000",
    "",
)
SCALARS: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 3, 1.0, 0.5, 1e300, 10**18, 10**30, 2**53, -(2**63), "", " ", "x", "0", "1", "null"),
    *("yes", "no", "refused", "dont_know", "female", "male", "head", "spouse", "other", "consent", "public_task"),
    *("interview", "reinterview", "training", "ikk-29", "2025.1", "2016.3", "\x00", "\x1f", "\x7f", "\u0660", "\u202e"),
    *("\ud83d", "\ue000", '"', "\\", "a" * 41, "a" * 101, "a" * 201, "e" + "\u0301" * 40, SALT, SALT.upper(), str(ID)),
    *(str(ID).upper(), "00000000-0000-0000-0000-000000000000", "{" + SALT + "}", [], {}, [{}], {"": 1}, [[]], ["yes"]),
)
ODD: Final[tuple[tuple[Any, ...], ...]] = (SCALARS, INSTANTS, DATES, NUMBERS, REGIONS, NAMES)
SPELLED: Final = ("1e0", "1.0", "-0", "0.0", "01", "+1", "1E2", "0x1", "NaN", "-Infinity", "null", "9" * 5000)
MEMBERS: Final = (
    *("address", "people", "consent", "basis", "salt", "purpose", "started_at", "card_number", "members", "head_sex"),
    *("name", "nik", "sex", "birth_date", "relation", "given_at", "x", "", "é", "members_2"),
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    found = Catalogue()
    found.loaded = True
    for number, shipped in enumerate([*map(instrument, FILES), SCORED], 1):
        found.add(Published(number, shipped, LATEST))
    found.set_retired(1 + FILES.index(RETIRED), Retirement(LAST_DAY))
    return found


@cache
def drawn(file: str) -> list[dict[str, Any]]:
    """Bodies of drawn families, half of them with people. To draw one takes longer than to check it ten times."""
    random, shipped = Random(f"{SEED} {file}"), instrument(file)
    first = datetime.combine(shipped.valid_from, time(1), UTC) + timedelta(days=1)
    last = min(first + timedelta(days=3000), LATEST - timedelta(days=1))
    if file == RETIRED:
        last = datetime.combine(LAST_DAY, time(1), UTC) + timedelta(days=20)
    bodies = []
    for number in range(24):
        surveyed_at = (first + (last - first) * random.random()).replace(microsecond=random.choice((0, 0, 250000)))
        _, body = draw_submission(shipped, LANDASAN_ULIN_SELATAN, surveyed_at, random, lambda _: 0.6)
        bodies.append(name_family(body, random) if number % 2 else body)
    return bodies


def draw_valid(random: Random) -> dict[str, Any]:
    """A valid body, with some of what a body may have besides."""
    body = _every_type(random) if random.random() < 0.1 else deepcopy(random.choice(drawn(random.choice(FILES))))
    if random.random() < 0.3:
        body["region"] = random.choice(("63.72.06.1004", "1101012001", "9471010001", "51.03.05.2001"))
    if random.random() < 0.2:
        body["purpose"] = random.choice(("interview", "reinterview", "training"))
    if random.random() < 0.2:
        body["salt"] = random.choice((SALT, SALT.upper()))
    if random.random() < 0.2:
        body["started_at"] = body["surveyed_at"]
    if random.random() < 0.1:
        body["basis"] = "public_task"
    if "people" in body["family"] and random.random() < 0.3:
        random.choice(body["family"]["people"])["name"] = random.choice(NAMES)
    return body


def _every_type(random: Random) -> dict[str, Any]:
    family: dict[str, Any] = {"head_sex": "female", "members": 5, "people": deepcopy(PEOPLE)}
    return {
        "instrument": EVERY_TYPE.code,
        "version": EVERY_TYPE.version,
        "region": LANDASAN_ULIN_SELATAN,
        "surveyed_at": "2026-06-15T09:12:00+08:00",
        "family": family,
        "basis": "public_task",
        "answers": deepcopy(VALID) | random.choice(({}, {"area": 36, "plots": [{"size": 2, "used": 1}]})),
    }


def nudge(body: dict[str, Any], random: Random) -> None:
    """Breaks a rule that binds several members, or comes as close to it as one can."""
    family, surveyed_at = body["family"], datetime.fromisoformat(body["surveyed_at"])
    person: dict[str, Any] = random.choice(family.get("people", [{}]))
    day = (surveyed_at + timedelta(hours=7)).date()
    match random.randrange(10):
        case 0:
            body["salt"] = random.choice((str(ID), str(ID).upper()))
        case 1:
            body["started_at"] = (surveyed_at + random.choice((-1, 0, 1)) * timedelta(microseconds=1)).isoformat()
        case 2:
            body["consent"] = {"version": "2025-1", "channel": "phone"}
            body["consent"]["given_at"] = (LATEST + random.choice((-1, 0, 1)) * timedelta(seconds=1)).isoformat()
        case 3:
            person["birth_date"] = (day + random.choice((-1, 0, 1, 2)) * timedelta(days=1)).isoformat()
        case 4:
            person["nik"] = random.choice([family.get("card_number", NUMBERS[0]), *NUMBERS])
        case 5:
            person["nik"] = random.choice(family.get("people", [{}])).get("nik", NUMBERS[1])
        case 6:
            person["relation"] = "head"
        case 7:
            body.pop("consent", None)
            body.pop("basis", None)
        case 8:
            body["surveyed_at"] = (LATEST + random.choice((-1, 0, 1)) * timedelta(microseconds=1)).isoformat()
        case 9 if "assets_specify" in body["answers"]:
            body["answers"]["assets_specify"] = random.choice(("perahu", "6372 0141 0190 0001", "63720141019000"))
        case _:
            family["members"] = random.choice((1, 50, 51))


def places_of(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container below a value, with each name or position in it."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places_of(value[key])


def mangle(body: dict[str, Any], random: Random) -> None:
    """Takes something out, puts something odd in its place, copies something from elsewhere, or adds something."""
    found = list(places_of(body))
    # Answers are many. What is beside them is mangled as often.
    if random.random() < 0.6:
        found = [each for each in found if each[0] is not body.get("answers")] or found
    if not found:
        return
    holder, key = random.choice(found)
    odd = deepcopy(random.choice(random.choice(ODD)))
    match random.randrange(6):
        case 0:
            del holder[key]
        case 1 | 2:
            holder[key] = odd
        case 3:
            other, there = random.choice(found)
            holder[key] = deepcopy(other[there])
        case 4 if isinstance(holder, dict):
            holder[random.choice(MEMBERS)] = odd
        case 4:
            holder.append(deepcopy(holder[key]))
        case 5 if isinstance(holder[key], int):
            holder[key] += random.choice((-1, 1, 100))
        case _:
            holder[key] = str(holder[key])


def write(body: dict[str, Any], random: Random, *, oddly: bool) -> bytes:
    """The body in one of the ways in which clients write JSON, or oddly."""
    styles: tuple[dict[str, Any], ...] = ({}, {"separators": (",", ":")}, {"indent": 2}, {"indent": "\t"})
    text = json.dumps(body, ensure_ascii=False, default=float, sort_keys=random.random() < 0.2, **random.choice(styles))
    if not oddly:
        return text.encode("utf-8", "surrogatepass")
    at = random.randrange(len(text))
    match random.randrange(10):
        case 0 | 1:  # a repeated name, in any object
            objects = [place for place, sign in enumerate(text) if sign == "{"]
            at = random.choice(objects) + 1
            name = random.choice((*MEMBERS, *body, *(body["answers"] if isinstance(body.get("answers"), dict) else ())))
            told = json.dumps(random.choice(random.choice(ODD)), ensure_ascii=False)
            comma = "" if text[at:].lstrip()[:1] == "}" else ","
            text = f'{text[:at]}"{name}":{told}{comma}{text[at:]}'
        case 2:
            text = json.dumps(body, default=float)
        case 3:  # another spelling of a number
            digits = [place for place, sign in enumerate(text) if sign.isdigit() and text[place - 1] in ": "]
            at = random.choice(digits or [at])
            text = text[:at] + random.choice(SPELLED) + text[at + 1 :]
        case 4:
            text += random.choice((" ", "\n", "x", "\x00", "}", ",", "{}", "\ufeff"))
        case 5:
            text = random.choice(("\ufeff", " ", "\n\t", "\x00", "[", "//\n")) + text
        case 6:
            text = (
                text[:at]
                + random.choice(("\x00", "\t", "\u2028", "\\u0041", "\\", '"', " ", "\ud800", "null", ""))
                + text[at + 1 :]
            )
        case 7:
            text = text[:at]
        case 8:
            deep = random.choice((10, 500, 100_000))
            text = f'{text[:-1]},"x":{"[" * deep}{"]" * deep}}}'
        case _:
            return text.encode(random.choice(("latin-1", "utf-16", "utf-8")), "replace")[:: random.choice((1, 1, 2))]
    return text.encode("utf-8", "surrogatepass")


def check_ordinarily(body: bytes, catalogue: Catalogue, ahead: timedelta = RIGHT) -> Checked | None:
    try:
        return check_submission(ID, read_object(body), catalogue, LATEST, ahead)[0]
    except Problem:
        return None


def assert_equal(plain: Checked, whole: Checked) -> None:
    for each in fields(Checked):
        if each.name != "taken":
            assert getattr(plain, each.name) == getattr(whole, each.name), each.name
    assert plain.surveyed_at.isoformat() == whole.surveyed_at.isoformat()
    for name in ("answers", "bases", "stored"):
        assert getattr(plain.taken, name) == getattr(whole.taken, name), name


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_plainly_valid_is_valid_and_equal(part: int, catalogue: Catalogue) -> None:
    random, ends = Random(f"{SEED} {part}"), Counter[str]()
    for _ in range(BODIES // PARTS):
        body = draw_valid(random)
        if random.random() < 0.3:
            nudge(body, random)
        for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
            mangle(body, random)
        sent = write(body, random, oddly=random.random() < 0.3)
        ahead = random.choice(AHEAD)
        plain = check_plainly(ID, sent, catalogue, LATEST, ahead)
        whole = check_ordinarily(sent, catalogue, ahead)
        if plain is None:
            ends["refused by both" if whole is None else "sent the ordinary way"] += 1
            continue
        ends["accepted"] += 1
        assert whole is not None, sent
        assert whole.retired is None, sent
        assert_equal(plain, whole)
    print(dict(ends))
    assert ends["accepted"] > BODIES // PARTS // 4
    assert ends["refused by both"] > BODIES // PARTS // 4


def test_valid_bodies_are_taken_plainly(catalogue: Catalogue) -> None:
    random, ends, taken = Random(SEED), Counter[str](), Counter[str]()
    for _ in range(600):
        body = draw_valid(random)
        sent = write(body, random, oddly=False)
        plain, whole = check_plainly(ID, sent, catalogue, LATEST), check_ordinarily(sent, catalogue)
        name = f"{body['instrument']}-{body['version']}"
        if whole is None or whole.retired is not None:
            assert plain is None
            ends["refused"] += 1
            continue
        ends[name] += 1
        taken[name] += plain is not None
    print(dict(ends), dict(taken))
    shipped = [each for each in ends if each.startswith(("ikk", "ketahanan"))]
    assert len(shipped) == len(FILES)
    for each in shipped:
        assert taken[each] >= 0.95 * ends[each], each
