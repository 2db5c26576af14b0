"""What is known of the container engine, in words, before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wizard.session.steps import start

if TYPE_CHECKING:
    from wizard.machine.engine_state import EngineState
    from wizard.session.session import Session


SAID_AT = start.RUN_ID
"""Id of the step above which it is said; the Try step says it of what is tried."""


class Said(NamedTuple):
    """One thing that is there, or is not."""

    there: bool
    words: str


def wanted(session: Session) -> tuple[str, ...]:
    """The images that the present answers need; () where no container is."""
    if not session.ready or session.complete.run.how != "docker":
        return ()
    return tuple(dict.fromkeys(p.image for p in session.view.deployment.processes if p.image))


def look(images: tuple[str, ...]) -> EngineState | None:
    """Ask the engine; None where nothing is to be asked, or nothing can be known."""
    from wizard.machine import engine_state

    return engine_state.look(images) if images else None


def ask(session: Session) -> str:
    """What `in_a_sentence` says, after asking where the present answers need images that were not asked about."""
    images = wanted(session)
    known = {name for name, _ in session.engine.images} if session.engine else set()
    if not known.issuperset(images):
        session.engine = look(images)
    return in_a_sentence(session)


def said(session: Session) -> tuple[Said, ...]:
    """The engine, Compose and the images, one thing each; () while nothing is known."""
    state, images = session.engine, wanted(session)
    if state is None or not images:
        return ()
    if not state.version:
        return (Said(False, f"{state.problem}: the files can be written, not tried here"),)
    compose = Said(True, "Compose") if state.compose else Said(False, "no Compose, run.sh starts it")
    return (Said(True, f"Docker {state.version}"), compose, *_images(state, images, session))


def _images(state: EngineState, images: tuple[str, ...], session: Session) -> tuple[Said, ...]:
    known = dict(state.images)
    if any(image not in known for image in images):
        return ()
    missing = [image for image in images if not known[image]]
    if not missing:
        return (Said(True, "image here" if len(images) == 1 else "images here"),)
    baked = " and then built on" if session.complete.run.packaging == "image" else ""
    return (Said(False, f"to be pulled{baked}: {', '.join(missing)}"),)


def in_a_sentence(session: Session) -> str:
    """The same as one sentence, "" while nothing is known."""
    parts = [each.words for each in said(session)]
    return f"{'; '.join(parts)}." if parts else ""
