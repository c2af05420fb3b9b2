"""Says in sentences what an instrument makes of an interview, and why."""

from collections.abc import Iterator

from app.commands.written import named, number, outcome, word
from app.language.catalogue import say
from app.scoring.conditions import Answered, Condition, Formula, names_in
from app.scoring.evaluation import Reading
from app.scoring.instrument import Index, Indicator, Instrument
from app.scoring.score import MISSING, NOT_APPLICABLE, IndexScore, Tree, score


def explain(instrument: Instrument, reading: Reading) -> Iterator[str]:
    """The score in every index, a line for each group and indicator, and what an index lacks."""
    result = score(reading.answers, instrument, reading.day)
    for index, found in zip(instrument.indices, result.indices, strict=True):
        yield from _Explained(index, found, reading.seen_by(index.only)).lines()


class _Explained:
    """One index with the score of a family."""

    def __init__(self, index: Index, found: IndexScore, reading: Reading) -> None:
        self.index, self.found, self.reading = index, found, reading
        self.tree = Tree(index, found.basis)

    def lines(self) -> Iterator[str]:
        yield self._headline()
        for reason in self._reasons():
            yield f"  {reason}"
        yield from self._below(None, "  ")

    def _headline(self) -> str:
        index, found = self.index, self.found
        if found.state != "scored":
            return f"{named(index)}: {word(found.state)}"
        parts = []
        if found.value is not None and found.shown is not None:
            parts.append(number(found.value, found.shown) if index.method != "geometric-mean" else number(found.shown))
        if found.category is not None:
            parts.append(say("category {category}", category=named(index.categories[found.category])))
        if found.poor is not None:
            parts.append(say("poor") if found.poor else say("not poor"))
        return f"{named(index)}: {', '.join(parts)}"

    def _reasons(self) -> Iterator[str]:
        """Why there is no value."""
        index, found = self.index, self.found
        if found.basis.applies is not True:
            yield (
                say("it does not concern this family")
                if found.basis.applies is False
                else self._unknown(say("nobody knows whether it concerns this family"), index.applies_when)
            )
        elif found.state != "scored":
            yield from self._broken()

    def _broken(self) -> Iterator[str]:
        index, complete, whole = self.index, self.index.complete, self.tree.whole
        missing, answered, applicable = self._codes(MISSING), whole.answered, whole.applicable
        decided_by_answers = index.method in ("stages", "rule")
        least = complete.minimum_answered or (0 if decided_by_answers else 1)
        if answered < least:
            yield say("indicators answered: {answered:,}, needed: {least:,}", answered=answered, least=least)
        if complete.minimum_share is not None and answered < complete.minimum_share * applicable:
            yield say(
                "indicators answered: {answered:,} of {applicable:,} that apply, needed: {share} of them",
                answered=answered,
                applicable=applicable,
                share=complete.minimum_share,
            )
        if complete.maximum_missing is not None and applicable - answered > complete.maximum_missing:
            yield say(
                "indicators missing: {missing:,}, allowed: {most:,}",
                missing=applicable - answered,
                most=complete.maximum_missing,
            )
        required = [index.indicators[at].code for at in complete.required if found_at(self.found, at) == MISSING]
        if required:
            yield say("these indicators must be answered: {codes}", codes=", ".join(required))
        empty = [each.code for at, each in enumerate(index.groups) if self._lacks(at)]
        if complete.every_group and empty:
            yield say("these groups have no value: {codes}", codes=", ".join(empty))
        without = [*missing, *self._codes(NOT_APPLICABLE)]
        if index.method == "points-sum" and without:
            yield say("a sum needs points from every indicator, and these have none: {codes}", codes=", ".join(without))
        if decided_by_answers:
            yield say("the category depends on what is not known")
        if missing:
            yield say("missing: {codes}", codes=", ".join(missing))

    def _lacks(self, at: int) -> bool:
        return self.index.groups[at].parent is None and self.tree.group_values[at] is None

    def _codes(self, letter: str) -> list[str]:
        outcomes = self.found.basis.outcomes
        return [each.code for each, found in zip(self.index.indicators, outcomes, strict=True) if found == letter]

    def _below(self, group: int | None, margin: str) -> Iterator[str]:
        """The groups and indicators of a group, in the file's order. Groups have their own below them."""
        node = self.tree.node(group)
        for at in node.groups:
            each, counts = self.index.groups[at], self.found.groups[at]
            value = say("no value") if counts.value is None else number(counts.value, decimals=self.index.decimals)
            yield margin + say(
                "{group}: {value}, answered {answered:,} of {applicable:,}",
                group=named(each),
                value=value,
                answered=counts.answered,
                applicable=counts.applicable,
            )
            yield from self._below(at, margin + "  ")
        for at in node.indicators:
            yield margin + self._indicator(at)

    def _indicator(self, at: int) -> str:
        each, letter, points = self.index.indicators[at], found_at(self.found, at), self.found.basis.points[at]
        if points is not None:
            said = [say("points {points} (V)", points=number(points))]
        else:
            said = [outcome(letter, counting=self.index.method == "counting")]
        part = self.found.parts[at] if self.found.parts is not None else None
        if part is not None:
            said.append(say("adds {part}", part=number(part, decimals=self.index.decimals)))
        line = f"{named(each)}: {', '.join(said)}"
        return self._unknown(line, *_conditions(each)) if letter == MISSING else line

    def _unknown(self, line: str, *parts: Condition | Formula | None) -> str:
        """A line, with the questions that have no known answer among those that the parts read."""
        read = self.reading.instrument.questions_read(*parts)
        asked = [each for each in self.reading.instrument.questions if each.code in read]
        named = [f"{each.code} ({why})" for each in asked if (why := self._why(each.code, each.roster))]
        return f"{line}. {say('Not known: {questions}', questions=', '.join(named))}" if named else line

    def _why(self, code: str, roster: str | None) -> str:
        """Why the value of a question is unknown. Empty if it is known."""
        if roster is not None:
            rows = self.reading.rows(roster)
            unknown = sum(
                self.reading.value(code, row) is None for row in rows if self.reading.asked(code, row) is not False
            )
            return say("in {count:,} of {rows:,} rows", count=unknown, rows=len(rows)) if unknown else ""
        if self.reading.value(code) is not None:
            return ""
        answer = self.reading.answers.get(code)
        if isinstance(answer, str):
            return word(answer)
        asked = self.reading.asked(code)
        if asked is None:
            read = names_in(self.reading.instrument.question[code].ask_when)
            return say("whether it is asked depends on {questions}", questions=", ".join(dict.fromkeys(read)))
        return word("left_out" if asked else "not_asked")


def found_at(found: IndexScore, at: int) -> str:
    return found.basis.outcomes[at]


def _conditions(indicator: Indicator) -> list[Condition | None]:
    """What the outcome of an indicator reads."""
    points = indicator.points
    read: list[Condition | None] = [indicator.applies_when, indicator.fulfilled_when, indicator.deprived_when]
    if points is not None:
        read += [condition for condition, _ in points.first]
        read += [Answered(points.of)] if points.of is not None else []
    return read
