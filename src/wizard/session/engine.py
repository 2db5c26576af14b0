"""What is known of the container engine and of the server's own programs, in words, before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wizard import deployment, machine, registry
from wizard.session.steps import start

if TYPE_CHECKING:
    from wizard.host import EngineName
    from wizard.machine.engine_state import EngineState
    from wizard.session.session import Session


SAID_AT = start.RUN_ID
"""Id of the step that shows it with its question; the Try step shows it about what is tried."""


class Said(NamedTuple):
    """One thing that is present or missing."""

    there: bool
    words: str


def wanted(session: Session) -> tuple[str, ...]:
    """The images that the present answers need; () without containers."""
    if not session.ready or session.complete.native:
        return ()
    return tuple(dict.fromkeys(p.image for p in session.view.deployment.processes if p.image))


def name(session: Session) -> EngineName:
    """The engine that the present answers mean; Docker as long as there are none."""
    return session.view.deployment.engine.name if session.ready else "docker"


def look(images: tuple[str, ...], which: EngineName) -> EngineState | None:
    """Ask an engine; None if there is nothing to ask, or nothing can be known."""
    return machine.engine_state.look(images, which) if images else None


def ask(session: Session, both: bool = False) -> str:
    """What `in_a_sentence` says, after asking where the present answers need images that were not asked about."""
    images = wanted(session)
    which, state = name(session), session.engine
    known = {image for image, _ in state.images} if state and state.engine == which else set()
    if not known.issuperset(images):
        session.engine = look(images, which)
    return in_a_sentence(session, both)


def said(session: Session, both: bool = False) -> tuple[Said, ...]:
    """What the present way to run needs, one thing each; () while nothing is known. `both`: with and without one."""
    native = (_without(session),) if session.ready and (both or session.complete.native) else ()
    return (*_containers(session), *native)


def _without(session: Session) -> Said:
    """The server's own programs."""
    adapter = registry.adapter(session.complete.server)
    missing = machine.hostfacts.lacking(program.name for program in adapter.programs)
    if not missing:
        return Said(True, f"{adapter.title} is installed")
    words = f"{' and '.join(missing)} not installed"
    if session.complete.native:
        words += ": a trial emulates it" if adapter.emulator else ": the files can be written, but not tried"
    return Said(False, words)


def _containers(session: Session) -> tuple[Said, ...]:
    state, images = session.engine, wanted(session)
    if state is None or not images:
        return ()
    if not state.version:
        return (Said(False, f"{state.problem}: the files can be written, but not tried"),)
    compose = Said(True, "Compose") if state.compose else Said(False, "no Compose, run.sh starts it")
    beside = (compose,) if state.engine == "docker" else ()
    title = deployment.engines.title(state.engine)
    return (Said(True, f"{title} {state.version}"), *beside, *_images(state, images, session))


def _images(state: EngineState, images: tuple[str, ...], session: Session) -> tuple[Said, ...]:
    known = dict(state.images)
    if any(image not in known for image in images):
        return ()
    missing = [image for image in images if not known[image]]
    if not missing:
        return (Said(True, "image here" if len(images) == 1 else "images here"),)
    baked = " and then built on" if session.complete.run.packaging == "image" else ""
    return (Said(False, f"to be pulled{baked}: {', '.join(missing)}"),)


def in_a_sentence(session: Session, both: bool = False) -> str:
    """The same as one sentence, "" while nothing is known."""
    parts = [each.words for each in said(session, both)]
    return f"{'; '.join(parts)}." if parts else ""
