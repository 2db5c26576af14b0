"""The Docker SDK's client, with limits on how long an engine's answer may take and how much of it is kept in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from docker import APIClient, DockerClient
from docker.errors import DockerException
from requests.exceptions import ReadTimeout
from urllib3.exceptions import ProtocolError

MOST = 8 << 20
"""Bytes of one answer, or of one piece of an answer in pieces: enough for a list of some thousand containers."""
_PIECE = 1 << 16


def from_env(environment: Mapping[str, str], timeout: float) -> Any:
    """A client for the engine that this environment names. Raises the SDK's DockerException."""
    return _client().from_env(timeout=timeout, environment=environment)


@cache
def _client() -> Any:
    class Api(APIClient):  # type: ignore[misc]
        def send(self, request: Any, **options: Any) -> Any:
            """Like requests, but `timeout` is for the whole answer, or for the head of one in pieces.

            Raises DockerException for an answer that is too long.
            """
            in_pieces = options.pop("stream", False)
            begin = super().send

            def ask() -> Any:
                answer = begin(request, stream=True, **options)
                if in_pieces:
                    answer.raw.read = _limited(answer.raw)
                else:
                    answer._content = _whole(answer)
                return answer

            seconds = options.get("timeout")
            return within(seconds, ask) if isinstance(seconds, int | float) else ask()

        def get_redirect_target(self, _answer: Any) -> None:
            """Never: no engine redirects, and requests would read the whole answer before following."""

    class Client(DockerClient):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            self.api = Api(*arguments, **options)

    return Client


def within(seconds: float, ask: Callable[[], Any]) -> Any:
    """What a call returns, or raises; requests' ReadTimeout if it takes longer than that.

    The timeout of a socket begins anew with each byte, so an answer that trickles in would be waited for without end.
    The call runs in a thread, which is left alone when its time is over.
    """
    outcome: list[Callable[[], Any]] = []

    def run() -> None:
        try:
            value = ask()
            outcome.append(lambda: value)
        except BaseException as problem:
            outcome.append(partial(_raise, problem))

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    if not outcome:
        raise ReadTimeout(f"the answer took longer than {seconds:g} s") from TimeoutError()
    return outcome[0]()


def _raise(problem: BaseException) -> None:
    raise problem


def _whole(answer: Any) -> bytes:
    data = bytearray()
    for piece in answer.iter_content(_PIECE):
        data += piece
        if len(data) > MOST:
            answer.close()
            raise DockerException(f"an answer has more than {MOST >> 20} MiB")
    return bytes(data)


def _limited(raw: Any) -> Callable[..., bytes]:
    """Reads from an answer in pieces. Raises ProtocolError, as for any other answer that makes no sense."""
    read, taken = raw.read, 0

    def limited(amount: int | None = None, *arguments: Any, **options: Any) -> bytes:
        nonlocal taken
        amount = options.pop("amt", amount)
        data: bytes = read(MOST if amount is None else min(amount, MOST), *arguments, **options)
        taken = len(data) if raw.chunked else taken + len(data)
        if taken >= MOST:
            raw.close()
            raise ProtocolError(f"a piece of an answer has more than {MOST >> 20} MiB")
        return data

    return limited
