"""Between which numbers a count of a village lies, decided by protected numbers only."""

from app.protection.plan import IndicatorPlan
from app.protection.protected import ProtectedIndicator
from app.protection.rounding import cap


def highest(answered: int, missing: int, plan: IndicatorPlan) -> int:
    """The highest protected number of unfulfilled families of a village. All arguments are protected.

    Where it is hangs on the protected answered families. It must not narrow the missing ones to fewer than base values.
    """
    return cap(answered - (0 if missing else plan.base - 1), plan.base)


def few_width(answered: int, missing: int, not_applicable: int, plan: IndicatorPlan) -> int:
    """Where nearly nobody fulfils, their number is rounded to 0 or to this. All arguments are protected.

    It is the most that they can be, whatever the true numbers are.
    """
    more = (plan.base - 1 if missing else 0) + (plan.applies_base - 1 if not_applicable else 0)
    return answered + more - highest(answered, missing, plan) - 1 + plan.valued


def lowest(of: ProtectedIndicator, plan: IndicatorPlan) -> tuple[int, int]:
    """The fewest families that fulfil an indicator and that do not, as far as its protected counts tell."""
    if of.fulfilled is None or of.unfulfilled is None:
        return 0, 0
    answered = of.fulfilled + of.unfulfilled
    width = few_width(answered, of.missing, of.not_applicable, plan)
    if of.fulfilled in (0, width):
        return min(of.fulfilled, 1), max(0, answered - max(width, plan.base - 1))
    return max(0, of.fulfilled - plan.base + 1), max(0, of.unfulfilled - plan.base + 1)
