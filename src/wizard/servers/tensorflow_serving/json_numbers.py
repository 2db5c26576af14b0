"""Which decimal numbers the server's JSON library finds too large (rapidjson 1.1.0, reader.h, without full precision).

It goes by the exponent, not by the value: 1.8e308 is read, and is infinite; 0e400 is refused.
"""

from __future__ import annotations

_LARGEST = 308
"""The largest power of ten."""
_TENTH_OF_ALL = 1.7976931348623157e307
_EXACT = 2**53
_DIGITS = 17
"""Digits that count, after those that fit exactly."""
_WHOLE = 2**64
_LONGEST = 310
_LONG_EXPONENT = 9
_BITS_64 = 20
"""Digits that 64 bits hold at most."""


def too_large(whole: str, fraction: str, exponent: str) -> bool:
    """Whether `whole.fraction` times a power of ten is refused; without signs but that of the exponent."""
    if len(whole) > _LONGEST or not _fits(whole):
        return True
    number, digits, taken = int(whole), len(whole) - 1, 0
    for digit in fraction:
        if number >= _EXACT and digits >= _DIGITS:
            break
        number, taken = number * 10 + int(digit), taken + 1
        digits += number > 0
    size = exponent.lstrip("+-0")
    power = int(size or "0") if len(size) <= _LONG_EXPONENT else 10**_LONG_EXPONENT
    return not exponent.startswith("-") and power > _LARGEST + taken


def _fits(whole: str) -> bool:
    """Of more than 64 bits, the rest of the digits are added to a float, one by one."""
    at = _BITS_64 if int(whole[:_BITS_64]) < _WHOLE else _BITS_64 - 1
    value = float(int(whole[:at]))
    for digit in whole[at:]:
        if value >= _TENTH_OF_ALL:
            return False
        value = value * 10 + int(digit)
    return True
