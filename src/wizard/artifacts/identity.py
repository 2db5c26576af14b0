""".env: the name of a folder's deployment for Compose, which would otherwise use the folder's own name alone.

Compose treats every container of a project with that name as its own, so `/b/echo` would replace what `/a/echo` runs.
The name is derived from the absolute path: writing again in the same place gives the same name, and a copy that is
written again gets its own. It is in .env and not in compose.yaml because Compose 1.29 refuses `name:` there (measured),
and because a compose.yaml under version control must not differ from one machine to the next.
"""

from __future__ import annotations

import hashlib
import re

from wizard.fast_start import regex

FILE_NAME = ".env"
KEY = "COMPOSE_PROJECT_NAME"
_LINE = regex(rf"^[ \t]*(?:export[ \t]+)?{KEY}[ \t]*=(.*?)(?=\r?$)", re.MULTILINE)
"""Written so that both generations of Compose can read it; they ignore blanks and `export` before the name."""
_MADE = regex(r"[a-z0-9][a-z0-9_-]*-[0-9a-f]{8}")
_LONGEST = 40
"""Maximum length of the part taken from the folder's own name: container and network names are made from it."""
_WHY = """\
# Compose knows this folder's deployment by this name, so another folder of the same name is left alone.
# It is made of the folder's path. After copying the folder, put a name of your own here, or have it made again:
# serving-wizard generate wizard.toml --on-conflict=backup
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
    """The text of .env if it contains nothing else."""
    return f"{_WHY}{line(folder)}\n"


def environment(there: str, folder: str) -> str:
    """The text of .env. Other lines in it are kept, and so is a name that somebody chose."""
    found = _LINE.findall(there)
    if not found:
        gap = "" if not there or there.endswith("\n") else "\n"
        return f"{there}{gap}{alone(folder)}"
    return _LINE.sub(line(folder), there) if _MADE.fullmatch(found[-1].strip()) else there
