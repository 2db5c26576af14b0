"""Programs of this machine: where they are looked for."""

from __future__ import annotations

import os
import shutil

from wizard.host import SYSTEM_FOLDERS


def where(name: str) -> str | None:
    """The file of a program, as the written scripts find it: on PATH, else among the system's; None = not here."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS)))
