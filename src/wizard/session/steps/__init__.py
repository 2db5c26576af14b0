"""The flow as data: which questions there are, in which order, and what each possible answer changes.

Nothing here draws. The screens and the line prompts of `--plain` both ask exactly these questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.session.steps import callers as callers
else:
    __getattr__ = modules_of(__name__)
