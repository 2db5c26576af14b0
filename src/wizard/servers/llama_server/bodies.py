"""What the requests to the model have to contain, and with which status a build refuses the others.

A body is read as JSON, whatever Content-Type says, except that a multipart form becomes texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from wizard.fast_start import regex
from wizard.servers.requests import Request

Kind = int
"""A status with which a body is refused; `MALFORMED` stands for that of a build's parser, `FITS` for none."""
FITS, MALFORMED, UNFIT = 0, 1, 400
_PART = regex(rb'name="([^"]*)"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--', re.DOTALL)
_TEXTS = frozenset({"prompt", "input", "content", "model"})
"""Fields that may be text; any other field sent as text is of the wrong kind."""
_NUMBERS = ("n_predict", "temperature")
_TYPED = ("text", "image_url", "input_audio", "input_text", "input_image", "output_text")


def is_form(request: Request) -> bool:
    """Whether a body is announced as a multipart form."""
    return (request.header("content-type") or "").startswith("multipart/form-data")


def broken_form(request: Request) -> bool:
    """Whether a body is announced as a form and is none: the HTTP library refuses it before it looks for an address."""
    body = request.body or b""
    if not is_form(request) or (request.method in ("GET", "HEAD", "DELETE") and not body):
        return False
    found = re.search(r'boundary="?([^";]+)', request.header("content-type") or "")
    return found is None or not body.rstrip(b"\r\n").endswith(f"--{found[1].strip()}--".encode("latin-1", "replace"))


def content(request: Request, body: bytes) -> object:
    """The body as read by the server. Raises ValueError if it is not JSON."""
    if is_form(request):
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in _PART.findall(body)}
    try:
        found: object = json.loads(body.decode("utf-8-sig"), parse_constant=_no_number)
    except RecursionError:
        # The server's parser has no limit, and nothing that deep is a request that it knows.
        return []
    return found


def _no_number(text: str) -> NoReturn:
    """Python reads NaN and Infinity, which are not JSON."""
    raise ValueError(text)


def refusal(kind: str, fields: Mapping[str, Any]) -> Kind:
    """With which status a request of a kind is refused, by the `takes` of the table of routes."""
    return _KINDS[kind](fields) if kind in _KINDS else FITS


def unfit_form(fields: Mapping[str, Any], path: str) -> bool:
    """Whether the fields of a form are of the wrong kind, being texts."""
    return bool(set(fields) - _TEXTS) or "messages" in path or "chat" in path


def _completion(fields: Mapping[str, Any]) -> Kind:
    return FITS if _prompt(fields.get("prompt")) and _options(fields) else UNFIT


def _options(fields: Mapping[str, Any]) -> bool:
    """Whether what is said about the answer is of the right kind."""
    return not any(isinstance(fields.get(name), str) for name in (*_NUMBERS, "stream"))


def _prompt(value: object) -> bool:
    """A text, tokens, a mixture of both, several of them, or an object with the text."""
    if isinstance(value, dict):
        return isinstance(value.get("prompt_string"), str)
    if isinstance(value, list):
        return bool(value) and all(_is_token(each) or _prompt(each) for each in value)
    return isinstance(value, str)


def _is_token(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _chat(fields: Mapping[str, Any]) -> Kind:
    messages = fields.get("messages")
    if not isinstance(messages, list) or not all(map(_message, messages)) or not _options(fields):
        return UNFIT
    return 500 if fields.get("tools") and not isinstance(fields["tools"], list) else FITS


def _message(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("role"), str):
        return False
    if value["role"] == "assistant" and value.get("tool_calls"):
        return True
    return _parts(value.get("content"))


def _parts(value: object) -> bool:
    """What a message says: a text, or a list of parts of known types."""
    if isinstance(value, list):
        return all(isinstance(each, dict) and each.get("type") in _TYPED for each in value)
    return isinstance(value, str)


def _anthropic(fields: Mapping[str, Any]) -> Kind:
    """Converted to a chat first; messages that are no list are taken for none."""
    messages = fields.get("messages")
    if "messages" not in fields:
        return 500
    listed = messages if isinstance(messages, list) else []
    fit = (isinstance(each, dict) and (each.get("role") == "assistant" or _message(each)) for each in listed)
    return FITS if all(fit) else UNFIT


def _response(fields: Mapping[str, Any]) -> Kind:
    given = fields.get("input")
    if isinstance(given, list):
        return FITS if all(isinstance(each, dict) for each in given) else UNFIT
    return FITS if isinstance(given, str) else UNFIT


def _embedding(fields: Mapping[str, Any]) -> Kind:
    given = fields.get("input", fields.get("content"))
    if given is None:
        return UNFIT
    return FITS if _prompt(given) else MALFORMED


def _ranking(fields: Mapping[str, Any]) -> Kind:
    documents = fields.get("documents", fields.get("texts"))
    fit = isinstance(fields.get("query"), str) and isinstance(documents, list) and documents
    return FITS if fit else UNFIT


def _text(fields: Mapping[str, Any]) -> Kind:
    """Without a text there are no tokens; a number is of the wrong kind."""
    return FITS if isinstance(fields.get("content", ""), str | list) else MALFORMED


def _tokens(fields: Mapping[str, Any]) -> Kind:
    tokens = fields.get("tokens", [])
    return FITS if isinstance(tokens, list) and all(map(_is_token, tokens)) else MALFORMED


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Kind]] = {
    "prompt": _completion,
    "chat": _chat,
    "anthropic": _anthropic,
    "response": _response,
    "embedding": _embedding,
    "ranking": _ranking,
    "text": _text,
    "tokens": _tokens,
}
