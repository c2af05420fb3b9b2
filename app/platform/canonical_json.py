"""JSON in canonical form (RFC 8785), so that equal content is equal bytes however a client writes it."""

from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any, Final

import rfc8785
from pydantic_core import to_json

_LARGEST: Final = 2**53 - 1
"""The largest whole number that every JSON parser reads exactly (RFC 7493)."""


def read_number(text: str) -> int | Decimal:
    """Reads a JSON number with a fraction or an exponent exactly. `3.0` and `3e0` are the number 3, and `-0.0` is 0.

    Raises ValueError for a number that is too large for a double.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("too large for a decimal") from None
    if not isfinite(float(number)):
        raise ValueError("too large for a double")
    return int(number) if abs(number) <= _LARGEST and number == number.to_integral_value() else number


def without_nulls(value: Any) -> Any:
    """Returns a copy without the null members of objects, at every depth. A null in a list keeps its place."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return value


def canonical(value: Any) -> bytes:
    """Returns the canonical form of a JSON value. Equal numbers have the same form, however they are written.

    Beyond RFC 8785, a Decimal with more digits than a double has is written with all of them, without an exponent.
    Raises ValueError for whole numbers that not every parser reads as the same number, and for half a surrogate pair.
    """
    # The library takes many times as long as Pydantic's encoder, which is right for plain values in order.
    try:
        return to_json(_in_order(value))
    except _NotPlainError:
        return _write(value)


def _write(value: Any) -> bytes:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return b"{" + b",".join(rfc8785.dumps(name) + b":" + _write(value[name]) for name in names) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(_write, value)) + b"]"
    return _write_decimal(value) if isinstance(value, Decimal) else bytes(rfc8785.dumps(value))


def _write_decimal(number: Decimal) -> bytes:
    double = float(number)
    if Decimal(repr(double)) == number:
        return bytes(rfc8785.dumps(double))
    whole, _, fraction = f"{number:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0')}".rstrip(".").encode()


class _NotPlainError(ValueError):
    pass


def _in_order(value: Any) -> Any:
    """The value with the names of its objects in order.

    Raises _NotPlainError unless all names are ASCII, so that they sort as in UTF-16, and all numbers are whole and read
    exactly.
    """
    kind = type(value)
    if kind is dict and "".join(value).isascii():
        return {name: each if type(each := value[name]) is str else _in_order(each) for name in sorted(value)}
    if kind is list:
        return [_in_order(each) for each in value]
    if kind is int and -_LARGEST <= value <= _LARGEST:
        return value
    if kind is str or kind is bool or value is None:
        return value
    raise _NotPlainError
