"""Forms in the engines of ODK Web Forms and Enketo: the score that they show is the server's."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from app.xforms import names
from app.xforms.form import Form, make_form
from tests.support.engines import Steps, fill_in_enketo, fill_in_web_forms
from tests.support.javarosa import VILLAGES, Filled
from tests.xforms.test_javarosa import assert_same_score, bodies, shipped, told
from tests.xforms.typed import Typed, typed

pytestmark = pytest.mark.foreign
INSTRUMENTS = ("ikk-29-2026.1", "ketahanan-24-2016.1")
_XFORMS = "{http://www.w3.org/2002/xforms}"


def paths_of(form: Form) -> dict[str, str]:
    """The path of each node in the instance, by its name."""
    holder = next(fromstring(form.xform).iter(f"{_XFORMS}instance"))

    def walk(element: Element, above: str) -> Iterator[tuple[str, str]]:
        name = element.tag.rpartition("}")[2]
        here = f"{above}/{name}"
        yield name, here
        for each in element:
            yield from walk(each, here)

    return dict(walk(next(iter(holder)), ""))


def steps_of(walks: list[Typed], form: Form) -> Steps:
    """What a kader does who fills a family in, and then another one over it.

    Answers are given in the order of the form, so that a question is asked before it is answered. An answer to one
    that is no longer asked stays where the engine keeps it.
    """
    paths = paths_of(form)
    order = {name: at for at, name in enumerate(paths)}
    found: list[tuple[str, str | None]] = []
    for walk in walks:
        # A form asks what it must know of the family only if no question of the instrument does.
        known = [(name, value) for (name, row), value in walk.items() if name in paths and row == 0]
        for name, value in sorted(known, key=lambda each: order[each[0]]):
            found.append((paths[name], value))
            if (blank := names.why("") + name) in paths:
                found.append((paths[blank], ""))
    return [*found, (paths[names.FINISHED], "OK")]


@pytest.mark.parametrize("name", INSTRUMENTS)
@pytest.mark.parametrize(("fill", "families"), [(fill_in_web_forms, 8), (fill_in_enketo, 4)])
def test_families_and_others_over_them(name: str, fill, families: int, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    instrument = shipped(name)
    form = make_form(instrument)
    drawn = [[typed(each, instrument)] for each in bodies(instrument, families, 11)]
    drawn += [[one[0], other[0]] for one, other in zip(drawn[::2], drawn[1::2], strict=True)]
    instances = fill(form.xform, VILLAGES, [steps_of(each, form) for each in drawn], tmp_path)
    assert len(instances) == len(drawn)
    for each in instances:
        filled = Filled((), None, (), each.encode())
        assert told(filled, instrument)[1].body["started_at"]
        assert_same_score(filled, form, instrument)
