"""Leaving: asked once, with what happens to the draft."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.binding import Binding, BindingType

from wizard.screens.choosing import ChoosingDialog

Choice = Literal["keep", "forget", "stay"]
_KEEP: tuple[tuple[Choice, str], ...] = (
    ("keep", "Leave, and keep the answers as a draft"),
    ("forget", "Leave, and forget the answers"),
    ("stay", "Stay"),
)
_PLAIN: tuple[tuple[Choice, str], ...] = (("keep", "Leave"), ("stay", "Stay"))


class LeaveScreen(ChoosingDialog[Choice]):
    """`draft`: whether there are answers to keep. A second Ctrl-C leaves and keeps them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,b", "dismiss('stay')", show=False),
        Binding("ctrl+c,q", "dismiss('keep')", show=False, priority=True),
    ]
    frame_keys = ("↑↓ move   enter choose   q leave   esc stay",)

    def __init__(self, draft: bool) -> None:
        super().__init__("Leave?", _KEEP if draft else _PLAIN)
