"""Everything the product knows about the servers: one package each, behind one contract.

A server is found through the entry-point group `serving_wizard.servers`; third-party packages register in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.registry import adapter, identities, names, package, spec

__all__ = ["adapter", "identities", "names", "package", "spec"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(name)
    # Not before it is asked for: the emulator runs where this package and its own are all there is.
    from wizard import registry

    found = globals()[name] = getattr(registry, name)
    return found
