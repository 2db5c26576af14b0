"""The Prometheus page (http_server.cc:89-117): two counters of the many that the real server has."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from .http import HttpRequest, HttpResponse
from .status import Code, StatusError

DEFAULT_PATH = "/monitoring/prometheus/metrics"
_T = TypeVar("_T")


class Metrics:
    """Counts prediction requests; `path` is where they are shown, or None when monitoring is off."""

    def __init__(self) -> None:
        self.path: str | None = None
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str]] = Counter()

    def counted(self, model: str, function: Callable[[], _T]) -> _T:
        """Call `function` and count its outcome for `model`."""
        outcome = Code.OK.name
        try:
            return function()
        except StatusError as problem:
            outcome = problem.code.name
            raise
        finally:
            with self._lock:
                self._requests[model, outcome] += 1

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer any method; a query string makes it an error, since the whole path is compared."""
        headers = (("Content-Type", "text/plain"),)
        if request.full_path != self.path:
            text = f"Unexpected path: {request.full_path}. Should be {self.path}"
            return HttpResponse(400, headers, text.encode("latin-1", "replace"))
        lines = ["# TYPE :tensorflow:serving:request_count counter"]
        with self._lock:
            for (model, outcome), count in sorted(self._requests.items()):
                labels = f'model_name="{_label(model)}",status="{outcome}"'
                lines.append(f":tensorflow:serving:request_count{{{labels}}} {count}")
        return HttpResponse(200, headers, ("\n".join(lines) + "\n").encode("utf-8", "replace"))


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
