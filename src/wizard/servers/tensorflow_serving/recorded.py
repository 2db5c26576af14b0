"""Recorded requests: what the server, started with the recorded flags, would answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wizard.formats.decimals import decimal
from wizard.servers.exchanges import RecordedExchange
from wizard.servers.requests import ExpectedAnswer
from wizard.servers.tensorflow_serving import answers, grpc_calls, layout, libevent
from wizard.servers.tensorflow_serving.knowledge import supported
from wizard.servers.tensorflow_serving.running import Running, Served
from wizard.servers.version_given import release

_SAMPLE = {"m": Served(frozenset({1, 2}), {"stable": 1}, {"serving_default": ("x",)})}
"""The model behind recordings without their models.config: `m`, one input of floats, two versions."""
_TRUE = ("", "true", "1")


def answer(exchange: RecordedExchange) -> ExpectedAnswer:
    """The answer to the first request that was sent. Raises WizardError for an unknown release."""
    running = _running(exchange)
    if exchange.api == "grpc":
        return grpc_calls.answer(running.version, exchange.request.path)
    found = libevent.receive(_written(exchange) if exchange.raw is None else exchange.raw, running.libevent_is_old)
    if isinstance(found, int):
        return ExpectedAnswer(found, fact="libevent answers, or waits, before the server's own code sees the request.")
    return answers.answer(running, found)


def _running(exchange: RecordedExchange) -> Running:
    values = _values(exchange.flags)
    models = _SAMPLE
    if "model_base_path" in values and "model_config_file" not in values:
        models = {values.get("model_name") or "default": Served(inputs=_SAMPLE["m"].inputs)}
    threads = values.get("rest_api_num_threads", "")
    return Running(
        version=release(supported(exchange.version)),
        models=models,
        rest=values.get("rest_api_port") != "0",
        cors=values.get("rest_api_enable_cors_support", "false").lower() in _TRUE,
        metrics_path=layout.METRICS_PATH if values.get("monitoring_config_file") else "",
        rest_threads=decimal(threads, 9),
    )


def _values(flags: Iterable[str]) -> Mapping[str, str]:
    """Flag -> value as the server reads them: only `--name=value`, the last one with a name."""
    split = (flag[2:].partition("=") for flag in flags if flag.startswith("--"))
    return {name: value for name, _, value in split}


def _written(exchange: RecordedExchange) -> bytes:
    """The bytes of a request that was recorded in parts, with the lines that every client adds."""
    request = exchange.request
    # The body of a recording is what was sent, not how it was cut up.
    headers = [(name, value) for name, value in request.headers if name != "transfer-encoding"]
    given = {name for name, _ in headers} | exchange.left_out
    if "host" not in given:
        headers.append(("host", "localhost"))
    if request.body is not None and "content-length" not in given:
        headers.append(("content-length", str(len(request.body))))
    lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + (request.body or b"")
