"""Problems: the language of messages, the number of listed faults, and names that are not repeated."""

import string

import pytest

from app.problems import FAULT_LIMIT, Fault, Problem, kinds, language_of, pointer, shape_faults
from app.problems.fault_texts import FAULT_TEXTS
from app.problems.problem_texts import PROBLEM_KINDS
from app.problems.warning_texts import WARNING_TEXTS


def test_it_works() -> None:
    problem = Problem(
        kinds.FAULTS, faults=[Fault("out_of_range", "/answers/members", None, {"minimum": 1, "maximum": 50})]
    )
    assert problem.render("en", "abc") == {
        "type": "urn:ikk:problem:faults",
        "title": "There are faults to correct",
        "status": 422,
        "detail": kinds.FAULTS.detail[1],
        "instance": "urn:ikk:request:abc",
        "faults": [
            {
                "pointer": "/answers/members",
                "code": "out_of_range",
                "message": "The value must lie between 1 and 50.",
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


def test_both_languages_name_the_same_limits() -> None:
    for code, texts in FAULT_TEXTS.items():
        named = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
        assert named[0] == named[1], code


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


def test_errors_of_an_unknown_type_still_have_a_code_with_texts() -> None:
    (fault,) = shape_faults([{"type": "something_new", "loc": ("family", "members")}])
    assert (fault.code, fault.pointer) == ("wrong_type", "/family/members")
    assert fault.code in FAULT_TEXTS
