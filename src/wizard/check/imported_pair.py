"""Certificate and key of an existing set-up: those that this program made for trials are made again, not named."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from wizard.deployment.own_files import TRIAL_PAIR
from wizard.observed.answers import ObservedAnswer


def made_again(answers: Sequence[ObservedAnswer], folder: str) -> tuple[ObservedAnswer, ...]:
    """The answers, with `tls.mode = "self-signed"` in place of the two files in the folder of the written files."""
    pair = [posixpath.normpath(posixpath.join(folder, each)) for each in TRIAL_PAIR]
    named = {each.key: each.value for each in answers if each.key in ("tls.certificate", "tls.key")}
    if [named.get("tls.certificate"), named.get("tls.key")] != pair:
        return tuple(answers)
    mode = (each._replace(value="self-signed") if each.key == "tls.mode" else each for each in answers)
    return tuple(each for each in mode if each.key not in named)
