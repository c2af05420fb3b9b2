"""Problems: the language of messages, the number of listed faults, and names that are not repeated."""

import math
import re
import string
from pathlib import Path

import pytest
from pydantic import BaseModel

from app.problems import FAULT_LIMIT, Expected, Fault, Problem, kinds, language_of, pointer, shaped
from app.problems.fault_texts import FAULT_TEXTS, Texts
from app.problems.faults import shape_faults
from app.problems.problem_texts import PROBLEM_KINDS
from app.problems.shape_texts import every_text
from app.problems.unready_texts import UNREADY_TEXTS
from app.problems.warning_texts import WARNING_TEXTS


def test_it_works() -> None:
    problem = Problem(
        kinds.FAULTS, faults=[Fault("out_of_range", "/answers/members", None, {"minimum": 1, "maximum": 50})]
    )
    assert problem.render("en", "abc") == {
        "type": "urn:ikk:problem:faults",
        "title": "There is something to correct",
        "status": 422,
        "detail": "Correct every part that is named below, then try again. Nothing was stored.",
        "hint": "All faults are in faults.",
        "instance": "urn:ikk:request:abc",
        "faults": [
            {
                "pointer": "/answers/members",
                "code": "out_of_range",
                "message": "Use a value between 1 and 50.",
                "minimum": 1,
                "maximum": 50,
            }
        ],
        "faults_total": 1,
        "faults_truncated": False,
    }


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "id"),
        ("", "id"),
        ("en", "en"),
        ("en-GB", "en"),
        ("EN-us", "en"),
        ("id-ID,en;q=0.9", "id"),
        ("en;q=0.8,id;q=0.9", "id"),
        ("en;q=0.9,id;q=0.8", "en"),
        ("in", "id"),
        ("jv,en;q=0.5", "en"),
        ("jv,su;q=0.5", "id"),
        ("*", "id"),
        ("en;q=0", "id"),
        ("en; q=0.7", "en"),
        ("en;q=often,id", "id"),
        ("en;q=nan", "id"),
        (",;,", "id"),
    ],
)
def test_the_language_follows_the_header(accepted: str | None, language: str) -> None:
    assert language_of(accepted) == language


def test_the_languages_say_different_things() -> None:
    for kind in PROBLEM_KINDS:
        assert kind.title[0] != kind.title[1], kind.slug
        assert kind.detail[0] != kind.detail[1], kind.slug
    texts = [*FAULT_TEXTS.items(), *WARNING_TEXTS.items()]
    assert [code for code, (indonesian, english) in texts if indonesian == english] == []


EVERY_TEXT: list[Texts] = [
    *(text for kind in PROBLEM_KINDS for text in (kind.title, kind.detail, kind.on_write, kind.hint) if text),
    *(text for code in FAULT_TEXTS for text in every_text(code)),
    *WARNING_TEXTS.values(),
    *UNREADY_TEXTS.values(),
]


@pytest.mark.parametrize("texts", EVERY_TEXT, ids=lambda texts: texts[1][:40])
def test_both_languages_name_the_same_limits(texts: Texts) -> None:
    named = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
    assert named[0] == named[1]


@pytest.mark.parametrize("texts", EVERY_TEXT, ids=lambda texts: texts[1][:40])
def test_no_text_sends_the_reader_to_a_schema(texts: Texts) -> None:
    assert not re.search(r"\b(?:skema|schema)\b", " ".join(texts), re.IGNORECASE)


@pytest.mark.parametrize("kind", PROBLEM_KINDS, ids=lambda kind: kind.slug)
def test_what_only_a_developer_knows_is_in_the_hint(kind: kinds.ProblemKind) -> None:
    for text in (*kind.title, *kind.detail):
        assert not re.search(r"/v1/|\btoken\b|\bmember\b|Retry-After|X-Request-ID|_id\b|\bJSON\b", text), text


def test_what_became_of_the_request_is_said_only_if_it_could_have_stored_something() -> None:
    problem = Problem(kinds.FORBIDDEN_REGION)
    said = "Anda tidak bertugas di wilayah ini. Periksa kode wilayahnya, misalnya 63.72.06.1004."
    assert problem.render("id", "abc")["detail"] == f"{said} Data belum disimpan."
    assert problem.render("id", "abc", writes=False)["detail"] == said


@pytest.mark.parametrize(
    ("seconds", "indonesian", "english"),
    [("9", "9 detik", "9 seconds"), ("60", "1 menit", "1 minute"), ("899", "15 menit", "15 minutes")],
)
def test_a_wait_is_said_in_words(seconds: str, indonesian: str, english: str) -> None:
    problem = Problem(kinds.TOO_MANY_REQUESTS)
    problem.headers["Retry-After"] = seconds
    assert (
        problem.render("id", "abc", writes=False)["detail"] == f"Terlalu banyak percobaan. Coba lagi {indonesian} lagi."
    )
    assert (
        problem.render("en", "abc", writes=False)["detail"] == f"There were too many attempts. Try again in {english}."
    )


def test_a_size_is_said_in_words() -> None:
    assert "paling banyak 512 KB." in str(
        Problem(kinds.TOO_LARGE, limit_bytes=512 * 1024).render("id", "abc")["detail"]
    )


def test_a_fault_names_and_carries_what_is_expected() -> None:
    expected = Expected(type="integer", example=3, minimum=0, maximum=1_000_000_000)
    fault = shaped("too_large", expected, pointer="/answers/income")
    assert fault.render("id") == {
        "pointer": "/answers/income",
        "code": "too_large",
        "message": "Isi dengan angka bulat dari 0 sampai 1.000.000.000, misalnya 3.",
        "expected": "integer",
        "example": 3,
        "minimum": 0,
        "maximum": 1_000_000_000,
    }
    assert fault.render("en")["message"] == "Use a whole number from 0 to 1,000,000,000, such as 3."


def test_a_fault_lists_the_first_options_and_counts_them() -> None:
    options = tuple(f"option{number}" for number in range(12))
    fault = shaped("not_allowed", Expected(options=options), pointer="/kind").render("en")
    assert fault["options"] == list(options[:10])
    assert fault["options_total"] == 12
    assert fault["message"].endswith("option9, … (and 2 more).")


def test_the_example_of_a_text_shows_its_quotation_marks_where_a_number_was_sent() -> None:
    expected = Expected(type="string", example="6372061004")
    assert shaped("wrong_type", expected).render("id")["message"] == (
        'Isian ini harus berupa teks dalam tanda kutip, misalnya "6372061004".'
    )
    assert shaped("bad_format", expected).render("id")["message"] == (
        "Penulisannya belum benar. Contoh yang benar: 6372061004."
    )


@pytest.mark.parametrize(("count", "listed", "truncated"), [(100, 100, False), (101, 100, True), (5000, 100, True)])
def test_at_most_so_many_faults_are_listed_and_all_are_counted(count: int, listed: int, truncated: bool) -> None:
    assert FAULT_LIMIT == 100
    faults = [Fault("missing", f"/answers/q{number}") for number in range(count)]
    body = Problem(kinds.FAULTS, faults=faults).render("en", "abc")
    assert isinstance(body["faults"], list)
    assert len(body["faults"]) == listed
    assert (body["faults_total"], body["faults_truncated"]) == (count, truncated)


def test_a_problem_without_faults_has_no_such_members() -> None:
    assert Problem(kinds.NOT_FOUND).render("en", "abc").keys() == {"type", "title", "status", "detail", "instance"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), ""),
        (("answers", "members"), "/answers/members"),
        (("answers", 3), "/answers/3"),
        (("a/b",), "/…"),
        (("a~b",), "/…"),
        (("Nama Ibu: Siti",), "/…"),
        (("6372012907250001",), "/…"),
        (("",), "/…"),
        (("x" * 41,), "/…"),
        (("naïve",), "/…"),
        (("<script>", "code"), "/…/code"),
    ],
)
def test_a_pointer_does_not_repeat_names_that_are_not_like_ours(path: tuple[str | int, ...], expected: str) -> None:
    assert pointer(path) == expected


class _Shape(BaseModel):
    pass


def test_errors_of_an_unknown_type_still_have_a_code_with_texts() -> None:
    (fault,) = shape_faults(_Shape, [{"type": "something_new", "loc": ("family", "members")}])
    assert (fault.code, fault.pointer) == ("wrong_type", "/family/members")
    assert fault.render("en")["message"] == "This is not of the kind that is asked for."


RETURNING = [kind for kind in PROBLEM_KINDS if kind.status in (429, 503)]


@pytest.mark.parametrize("kind", RETURNING, ids=lambda kind: kind.slug)
@pytest.mark.parametrize(("asked", "most"), [(0, 0), (4.2, 5), (40, 60), (900, 960), (86_400, 86_460)])
def test_who_is_to_come_back_is_told_when_and_not_when_all_others_do(
    kind: kinds.ProblemKind, asked: float, most: int
) -> None:
    problems = [Problem(kind, wait=asked) for _ in range(200)]
    waits = [int(each.headers["Retry-After"]) for each in problems]
    least = max(kind.wait, math.ceil(asked))
    assert {each.wait for each in problems} == {least}
    assert least <= min(waits)
    assert max(waits) <= max(most, least + 4)
    assert len(set(waits)) > 3
    for each, wait in zip(problems, waits, strict=True):
        if wait < 60 and "{wait}" in kind.detail[1]:
            assert f"in {wait} second" in str(each.render("en", "abc")["detail"])


def test_only_what_a_later_request_may_get_says_when_to_come_back() -> None:
    assert [kind.slug for kind in PROBLEM_KINDS if (kind.wait > 0) != (kind.status in (429, 503))] == []
    assert [kind.slug for kind in PROBLEM_KINDS if "Retry-After" in Problem(kind).headers] == [
        kind.slug for kind in RETURNING
    ]


@pytest.mark.parametrize("path", sorted(Path("app").rglob("*.py")), ids=str)
def test_no_module_makes_a_wait_of_its_own(path: Path) -> None:
    """Otherwise all devices that it refuses would come back in the same second."""
    if path.as_posix() not in ("app/problems/problem.py", "app/routers/documenting.py"):
        assert not re.search(r'"retry-after" *(?::|\] *=[^=])', path.read_text("utf-8"), re.IGNORECASE)
