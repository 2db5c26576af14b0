"""Which directory names TensorFlow Serving takes for version numbers, and which a person meant as one."""

from __future__ import annotations

import re

from wizard.fast_start import regex

_NUMBER = regex(r"[ \t\n\v\f\r]*([+-]?[0-9]+)[ \t\n\v\f\r]*", re.ASCII)
_LIKE_A_VERSION = regex(r"(?:v|ver|version)?[ _.-]*([0-9]+)(?:[._-].*)?", re.IGNORECASE | re.ASCII)
_INT64 = range(-(2**63), 2**63)


def version_number(name: str) -> int | None:
    """The number as which TensorFlow Serving reads a directory name (absl::SimpleAtoi to int64), None if it is not a
    version. Leading zeros, a sign and blanks around it are accepted; `v1`, `1.0` and `1-a` are not."""
    match = _NUMBER.fullmatch(name)
    if match is None or len(match[1]) > 64:
        return None
    number = int(match[1])
    return number if number in _INT64 else None


def meant_version(name: str) -> int | None:
    """The version a person meant by `v1`, `1.0` or `version_2`; None if the name does not look like one."""
    match = _LIKE_A_VERSION.fullmatch(name)
    if match is None or len(match[1]) > 18:
        return None
    return int(match[1])
