"""The main index on the phone: outcomes, the value in whole numbers, the category, and what is unfulfilled, in words.

A value is a numerator and a denominator until the end, so that it is exact. The category compares these two with its
bound. What is shown is rounded half up, as `app/scoring/rounding.py` does.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Final

from app.scoring.instrument import Category, Complete, Index, Indicator, Node
from app.scoring.parts import Text
from app.scoring.score import FULFILLED, MISSING, NOT_APPLICABLE, UNFULFILLED
from app.xforms import names, words
from app.xforms.conditions import Compiler
from app.xforms.survey import Survey
from app.xforms.xpath import (
    MOST,
    PRINTED,
    TRUE,
    InexactError,
    added,
    both,
    either,
    negated,
    one_if,
    quoted,
    ref,
    short,
    when,
    whole_part,
)

_DECIMALS: Final = 2
_METHODS: Final = ("mean", "counting")


@dataclass(frozen=True, slots=True)
class _Value:
    """The value of a group: numerator and denominator, which is 1 where it has none, and when it has one."""

    defined: str
    numerator: str
    denominator: str
    most_numerator: int
    most_denominator: int


class Result:
    """The rows of the main index. Raises InexactError, before it adds any row, if XPath cannot carry it exactly."""

    def __init__(self, index: Index, compiler: Compiler) -> None:
        if index.method not in _METHODS or any(each.combine != "mean" for each in index.nodes.values()):
            raise InexactError(
                "cara menghitung indeks ini tidak dapat dijalankan tepat di ponsel",
                "a phone cannot compute this method exactly",
            )
        if index.only or index.decimals > _DECIMALS or any(each.points for each in index.indicators):
            raise InexactError(
                "nilai indikator ini tidak dapat dihitung tepat di ponsel",
                "a phone cannot compute the points of these indicators exactly",
            )
        self.index = index
        self.calculations: dict[str, str] = {}
        self._named = names.unique_names([each.code for each in index.indicators])
        self._groups = names.unique_names([each.code for each in index.groups])
        for indicator in index.indicators:
            self.calculations[self._outcome(indicator)] = _letter(indicator, compiler)
        self._values: dict[int, _Value] = {}
        for group, node in index.nodes.items():
            value = self._combined(group, node)
            if group is not None:
                self._values[group] = value
            else:
                self._whole(value, compiler)

    def _outcome(self, indicator: Indicator) -> str:
        return f"_outcome_{self._named[indicator.code]}"

    def _is(self, position: int, *letters: str) -> str:
        node = ref(self._outcome(self.index.indicators[position]))
        return either(*(f"{node} = '{each}'" for each in letters))

    def _below(self, group: int | None) -> list[int]:
        node = self.index.nodes[group]
        return [*node.indicators, *(at for each in node.groups for at in self._below(each))]

    def _complete(self, group: int | None, complete: Complete) -> str:
        """Whether enough is answered for a value of the index or of a group."""
        below = self._below(group)
        answered = added([one_if(self._is(at, FULFILLED, UNFULFILLED)) for at in below])
        missing = added([one_if(self._is(at, MISSING)) for at in below])
        parts = [f"{answered} >= {complete.minimum_answered or 1}"]
        share = complete.minimum_share
        if share is not None:
            parts.append(f"{answered} * {share.denominator} >= {share.numerator} * ({answered} + {missing})")
        if complete.maximum_missing is not None:
            parts.append(f"{missing} <= {complete.maximum_missing}")
        parts += [negated(self._is(at, MISSING)) for at in complete.required]
        if complete.every_group:
            parts += [self._values[at].defined for at in self.index.nodes[group].groups]
        return both(*parts)

    def _combined(self, group: int | None, node: Node) -> _Value:
        """The weighted mean of what stands directly below a group, kept in nodes of its own."""
        name = "" if group is None else f"_{self._groups[self.index.groups[group].code]}"
        good = UNFULFILLED if self.index.method == "counting" else FULFILLED
        groups, weights = [self._values[at] for at in node.groups], node.weights
        # Each value is brought to the product of all denominators. An indicator has the denominator 1.
        numerators, total, most = [], [], 0
        for at, (value, weight) in enumerate(zip(groups, weights, strict=False)):
            others = [each for place, each in enumerate(groups) if place != at]
            product = " * ".join([str(weight), value.numerator, *(each.denominator for each in others)])
            numerators.append(when(value.defined, product, "0"))
            total.append(when(value.defined, str(weight), "0"))
            most += weight * value.most_numerator * prod(each.most_denominator for each in others)
        shared = prod(each.most_denominator for each in groups)
        denominators = " * ".join(each.denominator for each in groups) or "1"
        for position, weight in zip(node.indicators, weights[len(groups) :], strict=True):
            numerators.append(when(self._is(position, good), f"{weight} * {denominators}", "0"))
            total.append(when(self._is(position, FULFILLED, UNFULFILLED), str(weight), "0"))
            most += weight * shared
        largest = max(1, shared * sum(weights))
        if max(most, largest) >= PRINTED:
            raise InexactError("angka indeks ini terlalu besar bagi ponsel", "the numbers of this index are too large")
        there, up, down = (f"_{each}{name}" for each in ("defined", "numerator", "denominator"))
        any_value = f"{added(total)} > 0"
        complete = self._complete(group, node.complete)
        self.calculations[there] = when(both(complete, any_value), "'1'", "'0'")
        defined = f"{ref(there)} = '1'"
        self.calculations[up] = when(defined, added(numerators), "0")
        self.calculations[down] = when(defined, f"{added(total)} * {denominators}", "1")
        return _Value(defined, f"number({ref(up)})", f"number({ref(down)})", most, largest)

    def _whole(self, value: _Value, compiler: Compiler) -> None:
        """The state, the value in hundredths and the category of the index."""
        index = self.index
        missing = either(*(self._is(at, MISSING) for at in range(len(index.indicators))))
        state = when(value.defined, "'scored'", when(missing, "'incomplete'", "'undefined'"))
        if index.applies_when is not None:
            applies = compiler.truth(index.applies_when)
            state = when(applies.true, state, when(applies.false, "'not_applicable'", "'incomplete'"))
        self.calculations[names.STATE] = state
        scored = f"{ref(names.STATE)} = 'scored'"
        up, down = index.scale.numerator, index.scale.denominator
        steps = up * 10**index.decimals
        if 2 * value.most_numerator * steps + value.most_denominator * down >= MOST:
            raise InexactError("angka indeks ini terlalu besar bagi ponsel", "the numbers of this index are too large")
        doubled = f"(2 * {steps} * {value.numerator} + {down} * {value.denominator})"
        rounded = whole_part(doubled, f"2 * {down} * {value.denominator}")
        finer = 10 ** (_DECIMALS - index.decimals)
        self.calculations[names.HUNDREDTHS] = short(
            when(scored, rounded if finer == 1 else f"{rounded} * {finer}", "''")
        )
        category = "''"
        for each in reversed(index.categories):
            category = when(_takes(each, value, index.scale), quoted(each.code), category)
        self.calculations[names.CATEGORY] = when(scored, category, "''")

    def add(self, survey: Survey) -> None:
        for name, calculation in self.calculations.items():
            survey.calculate(name, calculation)
        hundredths = f"number({ref(names.HUNDREDTHS)})"
        scored = f"{ref(names.STATE)} = 'scored'"
        digits = f"concat({whole_part(hundredths, '100')}, ',', "
        tens = f"(({hundredths} mod 100) - ({hundredths} mod 10)) div 10, {hundredths} mod 10)"
        survey.calculate("_value", when(scored, digits + tens, "''"))
        survey.calculate("_value_en", f"translate({ref('_value')}, ',', '.')")
        survey.open_part("group", "_result", label=words.RESULT, appearance="field-list")
        survey.note("_provisional", words.PROVISIONAL)
        survey.note("_shown", self._label(), scored)
        categories = names.unique_names([each.code for each in self.index.categories])
        for each in self.index.categories:
            relevant = both(scored, f"{ref(names.CATEGORY)} = {quoted(each.code)}")
            survey.note(f"_category_{categories[each.code]}", each.name, relevant)
        for state, text in _STATES.items():
            survey.note(f"_state_{state}", text, f"{ref(names.STATE)} = '{state}'")
        self._add_weak(survey)
        survey.close_part("group")

    def _label(self) -> Text:
        said = self.index.name.model_dump()
        named = {code: f"{text}: {ref('_value_en' if code == 'en' else '_value')}" for code, text in said.items()}
        return Text(**named)

    def _add_weak(self, survey: Survey) -> None:
        """The unfulfilled indicators. Those that tell of sensitive answers stand apart, to be read in private."""
        open_ones = [at for at in range(len(self.index.indicators)) if at not in self.index.sensitive]
        private = [at for at in range(len(self.index.indicators)) if at in self.index.sensitive]
        every = [*open_ones, *private]
        scored = f"{ref(names.STATE)} = 'scored'"
        none = negated(either(*(self._is(at, UNFULFILLED) for at in every)))
        survey.note("_nothing_weak", words.WEAK_NONE, both(scored, none))
        for heading, text, positions in (
            ("_weakness", words.WEAK, open_ones),
            ("_private_weakness", words.WEAK_PRIVATE, private),
        ):
            if not positions:
                continue
            survey.note(heading, text, either(*(self._is(at, UNFULFILLED) for at in positions)))
            for at in positions:
                indicator = self.index.indicators[at]
                survey.note(f"_weak_{self._named[indicator.code]}", _dashed(indicator.name), self._is(at, UNFULFILLED))


_STATES: Final = {
    "incomplete": words.INCOMPLETE,
    "undefined": words.UNDEFINED,
    "not_applicable": words.NOT_APPLICABLE,
}


def _letter(indicator: Indicator, compiler: Compiler) -> str:
    """The outcome of an indicator as its letter."""
    condition = indicator.fulfilled_when or indicator.deprived_when
    assert condition is not None  # noqa: S101 (an indicator without points has one of the two)
    truth = compiler.truth(condition)
    true, false = (FULFILLED, UNFULFILLED) if indicator.fulfilled_when is not None else (UNFULFILLED, FULFILLED)
    letter = when(truth.true, quoted(true), when(truth.false, quoted(false), quoted(MISSING)))
    if indicator.applies_when is None:
        return letter
    applies = compiler.truth(indicator.applies_when)
    return when(applies.true, letter, when(applies.false, quoted(NOT_APPLICABLE), quoted(MISSING)))


def _takes(category: Category, value: _Value, scale: Fraction) -> str:
    """Whether the unrounded value is within the bound of a category."""
    if category.bound is None:
        return TRUE
    bound = category.bound / scale
    unit = bound.denominator
    if max(value.most_numerator * unit, value.most_denominator * abs(bound.numerator)) >= MOST:
        raise InexactError("angka indeks ini terlalu besar bagi ponsel", "the numbers of this index are too large")
    sign = "<=" if category.included else "<"
    return f"{value.numerator} * {unit} {sign} {bound.numerator} * {value.denominator}"


def _dashed(name: Text) -> Text:
    return Text(**{code: f"– {text}" for code, text in name.model_dump().items()})
