"""A dark and a light theme of our own, beside those that come with Textual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App

DARK = Theme(
    name="wizard-dark",
    primary="#6cb6ff",
    secondary="#8ddb8c",
    accent="#f0b46a",
    success="#7bcf8e",
    warning="#e3b341",
    error="#f47067",
    foreground="#d7dee7",
    background="#12161d",
    surface="#181e27",
    panel="#222a36",
    dark=True,
    variables={"foreground-muted": "#929daa", "foreground-disabled": "#5c6672"},
)
LIGHT = Theme(
    name="wizard-light",
    primary="#0b5cad",
    secondary="#1a6b3c",
    accent="#9a5b00",
    success="#1a7f45",
    warning="#8a5a00",
    error="#b3261e",
    foreground="#1c232b",
    background="#fcfcfa",
    surface="#f3f4f2",
    panel="#e6e9ea",
    dark=False,
    variables={
        "foreground-muted": "#5d6670",
        "foreground-disabled": "#9aa2a9",
        "scrollbar": "#a3adb5",
        "scrollbar-hover": "#7f8a93",
        "scrollbar-active": "#5d6670",
    },
)


def use(app: App[Any]) -> None:
    """Register both and begin with the dark one. Before the app runs: later, every style would be read anew."""
    app.register_theme(DARK)
    app.register_theme(LIGHT)
    app.theme = DARK.name
    app.stylesheet.set_variables(app.get_css_variables())
