"""Recorded exchanges (a browser's verdict with the server's answers) as JSON objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wizard.cors.exchange import CallingPage, Exchange, PageKind, PageRequest, RecordedHop, Response
from wizard.cors.fetch import evaluate
from wizard.cors.headers import Headers
from wizard.cors.profile import Profile, profile_named
from wizard.errors import WizardError

_CREDENTIALS = ("omit", "same-origin", "include")
_REDIRECT = ("follow", "error", "manual")


def parse_cases(text: str) -> list[Mapping[str, Any]]:
    """The cases of a JSON file: an object with `cases`, or a list of cases. WizardError if it is neither."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WizardError("The cases are not JSON.", str(error), "Give a file like cors_cases.json.") from error
    cases = found.get("cases") if isinstance(found, dict) else found
    if not isinstance(cases, list):
        raise WizardError("There are no cases.", 'A list, or an object with a list called "cases", is expected.')
    return cases


def evaluate_cases(
    cases: Iterable[Mapping[str, Any]], profile: str | Profile = "standard"
) -> Iterator[dict[str, str | bool | None]]:
    """Each case to the object that `cors --cases` prints. WizardError, with the case's id, for a malformed one."""
    browser = profile_named(profile)
    for place, case in enumerate(cases):
        exchange = read_case(case, place)
        verdict = evaluate(exchange, browser)
        yield {
            "id": exchange.id,
            "verdict": verdict.verdict,
            "preflight_sent": verdict.preflight_sent,
            "actual_sent": verdict.actual_sent,
            "rule": verdict.cause,
        }


def read_case(case: Any, place: int = 0) -> Exchange:
    """One recorded case. `place` names it in errors if it has no id."""
    reader = _Reader(str(case.get("id", f"number {place + 1}")) if isinstance(case, dict) else f"number {place + 1}")
    return reader.exchange(case)


class _Reader:
    """Reads the parts of one case, and names the case in every error."""

    def __init__(self, case_id: str) -> None:
        self.id = case_id

    def bad(self, what: str) -> WizardError:
        return WizardError(f"Case {self.id} is malformed.", what)

    def exchange(self, case: Any) -> Exchange:
        self.mapping(case, "the case")
        request = self.mapping(case.get("request"), "request")
        origin = self.text(case.get("origin"), "origin")
        page_request = self.request(request)
        if case.get("hops") is not None:
            hops = tuple(self.hop(hop) for hop in self.list(case["hops"], "hops"))
        else:
            preflight = self.response(case.get("preflight_response"), "preflight_response")
            hops = (RecordedHop(page_request.url, preflight, self.response(case.get("response"), "response")),)
        return Exchange(self.id, CallingPage(origin, self.page_kind(case, origin)), page_request, hops)

    def page_kind(self, case: Mapping[str, Any], origin: str) -> PageKind:
        """The records identify data: pages only in words: in the title, and in an id such as null-data-star."""
        if origin == "null" and (
            re.match(r"data: (page|URL|document)", str(case.get("title", ""))) or "-data-" in self.id
        ):
            return "data"
        return ""

    def request(self, request: Mapping[str, Any]) -> PageRequest:
        kind = self.text(request.get("kind", "fetch"), "kind")
        listener = any(bool(value) for key, value in request.items() if "upload" in key or "listener" in key) or (
            "upload" in kind
        )
        body = request.get("body")
        blob = request.get("body_blob")
        credentials = self.one_of(request.get("credentials", "same-origin"), _CREDENTIALS, "credentials")
        return PageRequest(
            url=self.text(request.get("url"), "url"),
            method=self.text(request.get("method", "GET"), "method"),
            headers=self.headers(request.get("headers", []), "request headers"),
            body=body if body is None or isinstance(body, str) else json.dumps(body),
            body_type=None if blob is None else self.text(blob, "body_blob"),
            stream=bool(request.get("body_stream", request.get("stream", False))),
            mode=self.text(request.get("mode", "cors"), "mode"),
            credentials="include" if request.get("withCredentials") else credentials,
            redirect=self.one_of(request.get("redirect", "follow"), _REDIRECT, "redirect"),
            xhr=kind.startswith("xhr"),
            upload_listener=listener,
        )

    def hop(self, hop: Any) -> RecordedHop:
        self.mapping(hop, "a hop")
        return RecordedHop(
            self.text(hop.get("url"), "url of a hop"),
            self.response(hop.get("preflight"), "preflight of a hop"),
            self.response(hop.get("response"), "response of a hop"),
        )

    def response(self, response: Any, where: str) -> Response | None:
        if response is None:
            return None
        self.mapping(response, where)
        status = response.get("status")
        if isinstance(status, bool) or not isinstance(status, int):
            raise self.bad(f"The status of {where} is no number.")
        return Response(status, self.headers(response.get("headers", []), f"the headers of {where}"))

    def headers(self, headers: Any, where: str) -> Headers:
        if isinstance(headers, dict):
            pairs = [
                (name, value)
                for name, values in headers.items()
                for value in (values if isinstance(values, list) else [values])
            ]
        elif isinstance(headers, list):
            pairs = [tuple(pair) if isinstance(pair, list) else pair for pair in headers]
        else:
            pairs = [] if headers is None else [headers]
        for pair in pairs:
            if not (isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
                raise self.bad(f"In {where}, {pair!r} is no pair of name and value.")
        return tuple(pairs)

    def mapping(self, value: Any, where: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.bad(f"There is no object where {where} should be.")
        return value

    def list(self, value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise self.bad(f"There is no list where {where} should be.")
        return value

    def text(self, value: Any, where: str) -> str:
        if not isinstance(value, str):
            raise self.bad(f"The {where} is no text.")
        return value

    def one_of(self, value: Any, choices: tuple[Any, ...], where: str) -> Any:
        if value not in choices:
            raise self.bad(f"The {where} is {value!r}; it can be {', '.join(choices)}.")
        return value
