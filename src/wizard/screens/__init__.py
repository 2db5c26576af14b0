"""The pages of the full screen: one module each, loaded when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.screens import comparing as comparing
    from wizard.screens import glossary as glossary
    from wizard.screens import help as help
    from wizard.screens import history as history
    from wizard.screens import leaving as leaving
    from wizard.screens import overview as overview
    from wizard.screens import palette as palette
    from wizard.screens import start_offers as start_offers
    from wizard.screens import trial as trial
else:
    __getattr__ = modules_of(__name__)
