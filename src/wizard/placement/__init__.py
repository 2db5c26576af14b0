"""Which layer grants each wish: only here do Plan and Host become a Deployment.

A wish is granted by the server itself, by Docker's publish, by the gateway, or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.placement import defaults as defaults
    from wizard.placement import intents as intents
    from wizard.placement import needs as needs
    from wizard.placement import resolve as resolve
else:
    __getattr__ = modules_of(__name__)
