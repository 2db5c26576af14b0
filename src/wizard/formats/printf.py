"""Characters that a reader of a shell script could not see, written as `"$(printf '\342\200\256')"`."""

from __future__ import annotations

from wizard.fast_start import regex

_CALL = regex(r"\$\(printf '((?:\\[0-3][0-7]{2})+)'\)")


def written(text: str) -> str:
    """A shell word for text without line ends, which the shell would drop."""
    octal = "".join(f"\\{byte:03o}" for byte in text.encode())
    return f"\"$(printf '{octal}')\""


def said(call: str) -> str | None:
    """What such a call, without the double quotes, writes; None for any other."""
    match = _CALL.fullmatch(call)
    data = bytes(int(digits, 8) for digits in match[1].split("\\")[1:]) if match else b""
    return data.decode("utf-8", "replace") if match else None
