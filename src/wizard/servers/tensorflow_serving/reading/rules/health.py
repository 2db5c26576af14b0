"""Health checks: which requests TensorFlow Serving never answers with a success."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.fast_start import regex
from wizard.formats.decimals import decimal
from wizard.observed.remark import Remark
from wizard.observed.seen import ObservedListener
from wizard.observed.start import Health, Start
from wizard.servers.tensorflow_serving.reading.launch import Launch
from wizard.severity import Severity

_STATUS = regex(r"(?i)/v1/models/[^/:?]+(?:/versions/[0-9]+|/labels/[^/:?]+)?(?:/metadata)?")
_URL = regex(r"http://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::([0-9]+))?(/[^\s\"'|;)]*)?")
_MINDS = regex(r"(?:^|\s)(?:-[a-zA-Z]*f[a-zA-Z]*|--fail(?:-with-body)?)(?:\s|$)|\bwget\b|\burlopen\b")
"""A client that takes an error's status for a failure."""
_HEAD = regex(r"(?:^|\s)(?:--spider|--head|-[a-zA-Z]*I[a-zA-Z]*)(?:\s|$)")


def find(start: Start, launch: Launch, listeners: Sequence[ObservedListener]) -> Iterator[Remark]:
    """A remark about a check that never succeeds."""
    health = start.health
    asked = _asked(health) if health is not None else None
    if health is None or asked is None:
        return
    port, path, head = asked
    listener = next((each for each in listeners if each.port == port), None)
    measured = launch.flag("monitoring_config_file") is not None
    answer = _answer(listener, path, head, measured) if listener is not None else ""
    if answer:
        severity: Severity = "functional" if start.holder == "kubernetes" or health.awaited else "medium"
        shown = f"{'HEAD' if head else 'GET'} {path}"
        fills = {"request": shown, "port": port, "answer": answer}
        yield Remark("TFS-HEALTH", start.place(health), health.start, fills, severity)


def _asked(health: Health) -> tuple[int, str, bool] | None:
    """(port, path, whether HEAD asks); None where it is no request to this server, or its answer does not count."""
    if health.port is not None and health.path:
        return health.port, health.path, False
    text = " ".join(word.text for word in health.words)
    url = _URL.search(text)
    port = decimal(url[1] or "80", 9) if url is not None else None
    if url is None or port is None or "$" in url.group() or not _MINDS.search(text):
        return None
    return port, url[2] or "/", _HEAD.search(text) is not None


def _answer(listener: ObservedListener, path: str, head: bool, measured: bool) -> str:
    """What comes back that is no success; "" = a success, or not known."""
    if listener.api == "grpc":
        return "no HTTP, because gRPC is spoken there"
    if not path.lower().startswith("/v1/"):
        return "" if measured else "404"
    if head or not _STATUS.fullmatch(path):
        return "404" if "?" in path else "400"
    return ""
