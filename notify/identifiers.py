"""Check digits of Chinese identity numbers."""

from datetime import date

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, n, 31) for n in range(17))
_RESIDENT_WEIGHTS = tuple(pow(2, 17 - n, 11) for n in range(17))


def credit_check_digit(first17: str) -> str:
    """The last character of a unified social credit code (GB 32100-2015)."""
    total = sum(_CREDIT_ALPHABET.index(c) * w for c, w in zip(first17, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[(31 - total % 31) % 31]


def is_credit_code(code: str) -> bool:
    """Whether an 18-character unified social credit code checks."""
    return len(code) == 18 and all(c in _CREDIT_ALPHABET for c in code) and credit_check_digit(code[:17]) == code[17]


def resident_check_digit(first17: str) -> str:
    """The last character of a resident ID (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(c) * w for c, w in zip(first17, _RESIDENT_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def is_resident_id(number: str) -> bool:
    """Whether an 18-character resident ID checks."""
    plain = number[:17].isdigit() and number.isascii()
    return (
        len(number) == 18
        and plain
        and _is_day(number[6:14])
        and resident_check_digit(number[:17]) == number[17].upper()
    )


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
