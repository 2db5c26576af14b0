"""In words, to whom a listening socket is open."""

from __future__ import annotations

EVERYWHERE = "every network of this machine"
HERE = "programs on this machine, browsers included"
NOBODY = "nothing outside the container"
APART = "nothing outside its network namespace"
