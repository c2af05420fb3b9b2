"""Geometric means are compared and rounded as if they were computed with sixty digits."""

from decimal import ROUND_HALF_UP, Decimal, getcontext
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.scoring.geometric_mean import geometric_mean

getcontext().prec = 60
Values = list[tuple[Fraction, Fraction]]
values = st.lists(
    st.tuples(
        st.fractions(0, 1, max_denominator=1000),
        st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 3), Fraction(5, 2)]),
    ),
    min_size=1,
    max_size=5,
)


def _with_sixty_digits(pairs: Values) -> Decimal:
    if any(value == 0 for value, _ in pairs):
        return Decimal(0)
    total = sum(weight for _, weight in pairs)
    power = Decimal(0)
    for value, weight in pairs:
        share = Decimal(weight.numerator) / weight.denominator / (Decimal(total.numerator) / total.denominator)
        power += share * (Decimal(value.numerator) / value.denominator).ln()
    return power.exp()


@given(values, st.sampled_from([Fraction(1), Fraction(10), Fraction(100)]), st.integers(0, 6))
def test_it_rounds_like_sixty_digits(pairs: Values, scale: Fraction, decimals: int) -> None:
    expected = (_with_sixty_digits(pairs) * int(scale)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)

    assert geometric_mean(pairs).rounded(scale, decimals) == Fraction(expected)


def test_a_mean_on_the_edge_is_decided_exactly() -> None:
    # √(1/2 × 1/8) = 1/4 to the last digit.
    mean = geometric_mean([(Fraction(1, 2), Fraction(1)), (Fraction(1, 8), Fraction(1))])

    assert mean.within(Fraction(25), included=True, scale=Fraction(100))
    assert not mean.within(Fraction(25), included=False, scale=Fraction(100))
    assert mean.rounded(Fraction(1), 1) == Fraction(3, 10)
    assert mean.value == Fraction(1, 4)


def test_one_value_of_zero_makes_it_zero() -> None:
    mean = geometric_mean([(Fraction(0), Fraction(1)), (Fraction(1), Fraction(9999))])

    assert mean.value == 0
    assert mean.within(Fraction(0), included=True, scale=Fraction(100))
    assert not mean.within(Fraction(0), included=False, scale=Fraction(100))
