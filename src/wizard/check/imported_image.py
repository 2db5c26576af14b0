"""Version and image of an existing set-up, as answers. What this program does not know is reported, not passed on."""

from __future__ import annotations

from typing import NamedTuple

from wizard import registry
from wizard.errors import WizardError
from wizard.formats.image_name import image_name
from wizard.observed.answers import Lost, ObservedAnswer
from wizard.observed.seen import Observed
from wizard.observed.start import Start
from wizard.servers.version_given import nearest


class ImportedImage(NamedTuple):
    """Answers about version and image, and what will be different."""

    answers: tuple[ObservedAnswer, ...] = ()
    lost: tuple[Lost, ...] = ()


def imported(observed: Observed, own: bool = False) -> ImportedImage:
    """The answers `version`, `run.image`, `run.gpu` and `run.packaging`; `own`: this program wrote the files."""
    start = observed.start
    if start is None:
        return ImportedImage(tuple(_version(observed, observed.version)) if observed.version else ())
    known = _known(observed)
    version = known or nearest(observed.version, registry.adapter(observed.server).versions)
    gpu = start.contained and ("gpu" in (start.named.tag or start.named.repository) or _with_gpu(observed, version))
    switch = (ObservedAnswer("run.gpu", True, start.source, _at(start)),) if gpu else ()
    answers = (*(_version(observed, version) if observed.version else ()), *switch)
    if not start.contained:
        return ImportedImage(answers, _unknown(observed, start, version, "") if observed.version and not known else ())
    official = registry.adapter(observed.server).image(version, gpu)
    if start.built and own:
        return ImportedImage((*answers, ObservedAnswer("run.packaging", "image", start.source, start.at)))
    if start.built or start.holder == "dockerfile":
        what = (
            f"The image is built here: the answers start {official} and mount the models; "
            "nothing else from the Dockerfile is kept."
        )
        return ImportedImage(answers, (Lost(what, start.source, _at(start), kept=True),))
    if start.image is None or start.image.expands or start.image.text == official:
        return ImportedImage(answers)
    text = start.image.text
    same = ObservedAnswer("run.image", text, start.source, _at(start))
    if observed.version and not known:
        return ImportedImage((*answers, same), _unknown(observed, start, version, " The image stays as it is."))
    if image_name(text) == image_name(official) or "@" in text:
        return ImportedImage((*answers, same))
    return ImportedImage(
        answers, (Lost(f"{text}: the answers start {official}.", start.source, _at(start), kept=True),)
    )


def _with_gpu(observed: Observed, version: str) -> bool:
    """Whether it is the official image for graphics cards, whatever its name calls them."""
    image = registry.adapter(observed.server).image
    name = observed.start.image_name if observed.start is not None else ""
    return name == image(version, True) != image(version, False)


def _known(observed: Observed) -> str:
    """The release, if this program knows it."""
    try:
        registry.adapter(observed.server).abilities(observed.version)
    except WizardError:
        return ""
    return observed.version


def _version(observed: Observed, version: str) -> tuple[ObservedAnswer]:
    start = observed.start
    return (ObservedAnswer("version", version, start.source if start else None, _at(start) if start else 0),)


def _unknown(observed: Observed, start: Start, version: str, more: str) -> tuple[Lost]:
    what = (
        f"{observed.title} {observed.version} is not known here: "
        f"the answers take it for {version}, the nearest known release.{more}"
    )
    return (Lost(what, start.source, _at(start), kept=True),)


def _at(start: Start) -> int:
    return start.image.start if start.image is not None else start.at
