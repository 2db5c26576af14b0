"""Every decision in one line: what it is, where it comes from, what is wrong with it, and the steps that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from wizard import machine
from wizard.exposure.importance import always
from wizard.servers.sample import sample_path
from wizard.session.steps.bind import api_of
from wizard.session.steps.flow import step_of_finding
from wizard.session.steps.groups import ASKED

if TYPE_CHECKING:
    from wizard.deployment.finding import Finding, Remedy, Unanswered
    from wizard.session.session import Session
    from wizard.session.steps.base import Origin, Step

Trouble = Literal["", "confirm", "broken"]
_ORIGINS: dict[Origin, str] = {
    "you": "you",
    "draft": "your draft",
    "file": "your file",
    "preset": "preset",
    "proposed": "proposed",
    "default": "proposed",
}
"""Origin -> words; if a line has several answers, the first origin in this list counts."""
_PATH = 44
"""Maximum length of a path that is shown."""
WITH_COOKIES = ", with cookies"
"""The end of the line about pages, which is always shown."""
_FIRST = "bind.inference"
"""Where the cursor starts: at the answer that is changed most often."""


class Row(NamedTuple):
    """One decision."""

    id: str
    """The title of its first step."""
    title: str
    value: str
    origin: str
    """Where it comes from, in a word or two; "" if nobody answers it."""
    steps: tuple[str, ...]
    """Ids of the steps that ask for it, in order."""
    trouble: Trouble = ""
    """It must be confirmed before anything is written, or it cannot work."""


def rows(session: Session) -> tuple[Row, ...]:
    """Every decision; answers about lesser APIs that nobody gave are combined in one line."""
    steps = [step for step in session.steps if step.group in ASKED and step.id != "who"]
    lesser = [step for step in steps if _lesser(session, step)]
    found = []
    for step in steps:
        if step in lesser and step is not lesser[0]:
            continue
        group = lesser if step in lesser else [step]
        found.append(_row(session, group, step in lesser))
    return tuple(found)


def first(found: tuple[Row, ...]) -> int:
    """The line the cursor starts on."""
    return next((at for at, row in enumerate(found) if row.id == _FIRST), 0)


def fix(session: Session, row: Row) -> Remedy | Unanswered | None:
    """The first fix for what is wrong with a line, or the question to answer; without one, for the worst problem."""
    findings = [finding for finding in session.view.findings if not finding.light and not always(finding)]
    own = [finding for finding in findings if _at(session, finding) in row.steps]
    return next((each for finding in (*own, *findings) for each in fixes(finding)), None)


def fixes(finding: Finding) -> tuple[Remedy | Unanswered, ...]:
    """What a key can do about a finding, best first."""
    return (*((finding.asks,) if finding.asks else ()), *finding.remedies)


def step_asking(session: Session, asks: Unanswered) -> Step | None:
    """The step of a question, if it is asked."""
    return next((step for step in session.steps if any(asks.key.startswith(key) for key in step.keys)), None)


def promised(session: Session, step: Step) -> bool:
    """Whether an earlier answer depends on this step's, which was not given yet."""
    asked = (finding.asks for finding in session.view.findings if finding.asks) if session.ready else ()
    return any(asks.key.startswith(key) for asks in asked for key in step.keys)


def _at(session: Session, finding: Finding) -> str:
    step = step_of_finding(finding, session.steps)
    return step.id if step else "model" if not session.plan.models else "bind.inference"


def _lesser(session: Session, step: Step) -> bool:
    """Whether it is about an API other than inference, and nobody answered it."""
    api = step.id.partition(".")[2]
    about_another = step.group in ("bind", "cors") or step.id == "protect.management"
    return about_another and api != "inference" and not _settled(session, (*step.keys, f"bind.{api}"))


def _settled(session: Session, keys: Iterable[str]) -> bool:
    return any(origin not in ("proposed", "default") for key in keys for origin in _origins_of(session, key))


def _row(session: Session, steps: list[Step], lesser: bool) -> Row:
    step, ids = steps[0], tuple(each.id for each in steps)
    keys = [key for each in steps for key in each.keys]
    title = "Other APIs" if lesser else _title(step)
    value = _of_the_lesser(session, steps) if lesser else _VALUES[step.group](session, step)
    return Row(step.id, title, value, _origin(session, keys), ids, _trouble(session, ids))


def _title(step: Step) -> str:
    own = {
        "start": "Server",
        "start.run": "Runs",
        "model": "Model",
        "bind.inference": "Inference",
        "cors.inference": "Web pages",
        "protect.inference": "Token",
        "protect.tls": "Encryption",
        "protect.gateway": "Gateway",
    }
    if step.id in own:
        return own[step.id]
    title = f"pages of {step.title}" if step.group == "cors" else step.title
    return title if title[1:2].isupper() else f"{title[:1].upper()}{title[1:]}"


def _origin(session: Session, keys: Iterable[str]) -> str:
    found = {key: _origins_of(session, key) for key in keys}
    for origin, words in _ORIGINS.items():
        told = [key for key in found if origin in found[key]]
        if told:
            places = [session.opened.place(key) for key in told] if origin == "file" and session.opened else []
            return next(filter(None, places), words)
    return ""


def _origins_of(session: Session, key: str) -> set[Origin]:
    """Where the answers of a table come from; one that a file does not contain is not the file's."""
    found = set(session.origins.among(key))
    left_out = found & {"file", "draft"} and not _said(session.plan.model_dump(exclude_unset=True), key)
    return found - {"file", "draft"} or {"proposed"} if left_out else found


def _said(data: object, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(data, dict) or not data.get(part):
            return False
        data = data[part]
    return True


def _trouble(session: Session, ids: tuple[str, ...]) -> Trouble:
    if "model" in ids and not session.plan.models:
        return "broken"
    if any(_at(session, finding) in ids for finding in session.broken):
        return "broken"
    waiting = (finding for fact in session.waiting for side in fact.sides for finding in side.members)
    return "confirm" if any(_at(session, finding) in ids for finding in waiting) else ""


def _chosen(session: Session, step: Step) -> str:
    """The label of the chosen option, as the middle of a sentence."""
    field = next(iter(session.fields(step)), None)
    option = field.picked if field else None
    label = option.label if option else ""
    return label if label.startswith(session.view.deployment.title) else f"{label[:1].lower()}{label[1:]}"


def _server(session: Session, step: Step) -> str:
    plan = session.complete
    if step.id == "start":
        return f"{session.view.deployment.title} {plan.version}"
    parts = [_chosen(session, step)]
    if plan.contained:
        parts += ["by Podman"] if plan.run.engine == "podman" else []
        parts += ["with this machine's network"] if plan.run.network == "host" else []
        parts += ["model baked in"] if plan.run.packaging == "image" else []
        parts += ["GPU"] if plan.run.gpu else []
        parts += [plan.run.image] if plan.run.image else []
    return ", ".join((*parts, *plan.settings.words))


def _models(session: Session, step: Step) -> str:
    del step
    models = session.plan.models
    if not models:
        return "none yet"
    if len(models) > 1:
        return ", ".join(model.name for model in models)
    model = models[0]
    if model.id:
        return f"{model.id}   downloaded by the server"
    report = session.report(model.path)
    what = f"   {report.title}" if report and report.title else ""
    return f"{_short(session, model.path)}{what}"


def _short(session: Session, path: str) -> str:
    """A model's path as a person would type it here, shortened so that its distinctive end stays; the bundled sample
    by that name."""
    if path == str(sample_path(session.plan.server)):
        return f"the bundled {Path(path).name}"
    near = machine.completion.spelt(Path(path), Path.cwd())
    shown = path if near == path else f"./{near}"
    return shown if len(shown) <= _PATH else f"…{shown[1 - _PATH :]}"


def _bound(session: Session, step: Step) -> str:
    endpoint = session.view.deployment.endpoint(api_of(step))
    where = endpoint.url if endpoint is not None else ""
    if endpoint is not None and "" in endpoint.host_addresses:
        where = f"port {endpoint.host_port}"
    return f"{_chosen(session, step)}   {where}".rstrip()


def _pages(session: Session, step: Step) -> str:
    rule = session.complete.cors_rule(api_of(step))
    if not rule.origins:
        return "no other site may read"
    if rule.origins == ("*",):
        return "any page may read"
    return ", ".join(rule.origins) + (WITH_COOKIES if rule.credentials else "")


def _protected(session: Session, step: Step) -> str:
    plan = session.complete
    if step.id == "protect.tls":
        return {"off": "none", "self-signed": "self-signed certificate"}.get(plan.tls.mode, plan.tls.certificate)
    if step.id != "protect.gateway":
        return "none" if _chosen(session, step) == "no token" else _chosen(session, step)
    there = session.view.deployment.has_gateway
    if plan.gateway.kind == "auto":
        return "nginx: an answer needs it" if there else "none"
    return "nginx" if there else "never"


def _of_the_lesser(session: Session, steps: list[Step]) -> str:
    """Each state once, with the APIs in that state: "off: gRPC, metrics"."""
    states: dict[str, list[str]] = {}
    for step in steps:
        if step.group == "bind":
            states.setdefault(_chosen(session, step), []).append(step.title)
    return " · ".join(f"{state}: {', '.join(titles)}" for state, titles in states.items())


_VALUES: dict[str, Callable[[Session, Step], str]] = {
    "start": _server,
    "model": _models,
    "bind": _bound,
    "cors": _pages,
    "protect": _protected,
}
