"""A dark and a light theme of our own, besides those that come with Textual."""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

from wizard.machine.looks import Looks, asked_for

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
    variables={"foreground-muted": "#929daa", "foreground-disabled": "#5c6672", "scrollbar": "#46536a"},
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
OWN = {DARK.name: DARK, LIGHT.name: LIGHT}


def fitting(looks: Looks) -> str:
    """The theme that was asked for, else the chosen one, else the one that fits the terminal."""
    own = {"dark": DARK.name, "light": LIGHT.name}
    wanted = asked_for() or looks.chosen
    return own.get(wanted, wanted) or own["light" if looks.light else "dark"]


def existing(name: str) -> str:
    """The name, if there is such a theme; else that of the dark one."""
    return name if name in BUILTIN_THEMES or name in OWN else DARK.name
