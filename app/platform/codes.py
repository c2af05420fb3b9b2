"""One-time codes and refresh tokens, which are random, and what people type: codes, usernames, passwords.

Only digests of codes and refresh tokens are stored. Nobody can try out so many random bits, so a plain hash is enough.
"""

import hmac
import secrets
import unicodedata
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

_CODE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without letters and digits that look alike on paper: 0 and O, 1, I and L."""
_CODE_LENGTH: Final = 16
_RECEIPT_RANDOM: Final = 9
_OTP_LENGTH: Final = 6
_MOST_LETTERS: Final = 1000
"""No composition makes so many letters into a password of 128."""


def normalise(password: str) -> str:
    """The password or code in Unicode NFKC, so that the same characters match however a keyboard composed them.

    It is applied before hashing and before comparing. Letters beyond `_MOST_LETTERS` are cut off first, because the
    time for a long run of marks grows with the square of its length. What is left is longer than a password may be.
    """
    return unicodedata.normalize("NFKC", password[:_MOST_LETTERS])


def plain_username(username: str) -> str:
    """The username without capitals and without blanks and invisible characters, which keyboards and chats add."""
    return "".join(letter for letter in normalise(username).casefold() if letter.isprintable() and letter != " ")


def plain_code(code: str) -> str:
    """The letters and digits of a code, in capitals. Blanks, hyphens and whatever else a chat adds do not count."""
    return "".join(letter for letter in normalise(code).upper() if letter.isalnum())


def is_code(code: str) -> bool:
    """Whether a text has the form of a one-time code. No other text can be one."""
    plain = plain_code(code)
    return len(plain) == _CODE_LENGTH and set(plain) <= set(_CODE_LETTERS)


def is_otp(code: str) -> bool:
    """Whether a text has the form of a code from an authenticator app."""
    plain = plain_code(code)
    return len(plain) == _OTP_LENGTH and plain.isascii() and plain.isdigit()


def make_code() -> tuple[str, bytes]:
    """A one-time code of 79 random bits in groups of four, to be printed once, and its digest, to be stored."""
    # One random number, because one for each letter takes ten times as long, and a file asks for 2,000 codes.
    number, letters = secrets.randbelow(len(_CODE_LETTERS) ** _CODE_LENGTH), ""
    for _ in range(_CODE_LENGTH):
        number, letter = divmod(number, len(_CODE_LETTERS))
        letters += _CODE_LETTERS[letter]
    code = "-".join(letters[at : at + 4] for at in range(0, _CODE_LENGTH, 4))
    return code, digest_code(code)


def make_receipt_code() -> str:
    """The short code of a receipt: nine random letters and digits (44 bits), and one that checks them.

    The weights make every wrong symbol and every two that are swapped noticeable, because 31 is a prime (ISO/IEC 7064
    calls such a system a weighted modulus).
    """
    number, values = secrets.randbelow(len(_CODE_LETTERS) ** _RECEIPT_RANDOM), list[int]()
    for _ in range(_RECEIPT_RANDOM):
        number, value = divmod(number, len(_CODE_LETTERS))
        values.append(value)
    check = -_weigh(values) * pow(_RECEIPT_RANDOM + 1, -1, len(_CODE_LETTERS)) % len(_CODE_LETTERS)
    return "".join(_CODE_LETTERS[value] for value in (*values, check))


def is_receipt_code(plain: str) -> bool:
    """Whether the letters and digits of a code (`plain_code`) are those of a receipt, without a slip of the pen."""
    if len(plain) != _RECEIPT_RANDOM + 1 or not set(plain) <= set(_CODE_LETTERS):
        return False
    return _weigh([_CODE_LETTERS.index(letter) for letter in plain]) % len(_CODE_LETTERS) == 0


def show_receipt_code(plain: str) -> str:
    """The code of a receipt as people read it out, in groups of three, three and four."""
    return f"{plain[:3]}-{plain[3:6]}-{plain[6:]}"


def _weigh(values: Sequence[int]) -> int:
    return sum(weight * value for weight, value in enumerate(values, start=1))


def digest_code(code: str) -> bytes:
    """SHA-256 of a one-time code as a person may type or paste it.

    A plain hash is enough, also for 500 codes at once, because nobody can try out 79 random bits.
    """
    return sha256(plain_code(code).encode()).digest()


def make_opaque() -> str:
    """A refresh token of 256 random bits."""
    return secrets.token_urlsafe(32)


def derive_opaque(token: str, key: bytes) -> str:
    """The refresh token that replaces another one. It takes the key and the other one to derive it."""
    return hmac.digest(key, b"refresh\0" + digest_opaque(token), "sha256").hex()


def make_export_secret() -> str:
    """The secret of an export key, with 256 random bits. Programs that look for secrets in files know its beginning."""
    return f"ikk_export_{secrets.token_urlsafe(32)}"


def make_device_secret() -> str:
    """The secret of a phone, with 256 random bits. It stands in addresses, so it has only letters, digits, - and _."""
    return f"ikk_device_{secrets.token_urlsafe(32)}"


def digest_opaque(token: str) -> bytes:
    """SHA-256 of a refresh token, or of the secret of an export key or a phone. 256 random bits need no slower hash."""
    return sha256(token.encode()).digest()
