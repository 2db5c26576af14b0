"""Widgets used by two or more screens. Each draws given values and posts messages; none makes decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.widgets import file_view as file_view
    from wizard.widgets import implications as implications
    from wizard.widgets import reach_table as reach_table
    from wizard.widgets import typed as typed
else:
    __getattr__ = modules_of(__name__)
