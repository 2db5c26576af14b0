""".env: the name of a folder's deployment for Compose, which would otherwise be the folder's own name alone.

Compose takes every container of a project of that name for its own, so `/b/echo` would replace what `/a/echo` runs.
The name is made of the absolute path: writing again in the same place gives the same name, a copy that is written again
gets its own. It stands in .env and not in compose.yaml because Compose 1.29 refuses `name:` there (measured), and
because a checked-in compose.yaml must not differ from one machine to the next.
"""

from __future__ import annotations

import hashlib
import re

FILE_NAME = ".env"
KEY = "COMPOSE_PROJECT_NAME"
_LINE = re.compile(rf"^[ \t]*(?:export[ \t]+)?{KEY}[ \t]*=(.*?)(?=\r?$)", re.MULTILINE)
"""As both generations of Compose read it: blanks and `export` before the name change nothing."""
_MADE = re.compile(r"[a-z0-9][a-z0-9_-]*-[0-9a-f]{8}")
_LONGEST = 40
"""Characters of the folder's own name: names of containers and networks are made of it."""
_WHY = """\
# Compose knows this folder's deployment by this name, so another folder of the same name is left alone.
# It is made of the folder's path: write the files again after copying the folder, or put a name of your own here.
"""

POWERSHELL = (
    "    # Compose refuses a network of the same name without its labels.",
    f"    $lines = @(Get-Content -ErrorAction SilentlyContinue (Join-Path $here {FILE_NAME}))",
    f"    $project = $lines -match '^\\s*(export\\s+)?{KEY}\\s*=' -replace '^[^=]*=\\s*', ''"
    " -replace '[\"'']|\\s.*$', '' | Select-Object -Last 1",
    "    if (-not $project) {",
    "        $project = (Split-Path -Leaf $here).ToLower() -replace '[^a-z0-9_-]', '' -replace '^[_-]+', ''",
    "    }",
)
"""Lines of a function for PowerShell: the name that Compose has for the deployment of the folder, as `$project`."""


def project_name(folder: str) -> str:
    """The name for the deployment in a folder, given by its absolute path: `serving-echo-1a2b3c4d`."""
    own = re.sub(r"[^a-z0-9_-]", "", folder.rstrip("/\\").replace("\\", "/").rpartition("/")[2].lower())
    mark = hashlib.sha256(folder.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{own.lstrip('_-')[:_LONGEST].rstrip('_-') or 'serving'}-{mark}"


def line(folder: str) -> str:
    """The setting for the deployment in a folder."""
    return f"{KEY}={project_name(folder)}"


def alone(folder: str) -> str:
    """The text of .env where nobody else wrote anything into it."""
    return f"{_WHY}{line(folder)}\n"


def environment(there: str, folder: str) -> str:
    """The text of .env. What else stands in it stays, and so does a name that somebody chose."""
    found = _LINE.findall(there)
    if not found:
        gap = "" if not there or there.endswith("\n") else "\n"
        return f"{there}{gap}{alone(folder)}"
    return _LINE.sub(line(folder), there) if _MADE.fullmatch(found[-1].strip()) else there
