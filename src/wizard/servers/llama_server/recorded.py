"""Recorded requests: what the server, started with the recorded settings, would answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from wizard.servers.exchanges import RecordedExchange
from wizard.servers.llama_server import answers, running
from wizard.servers.llama_server.knowledge import build_of
from wizard.servers.requests import ExpectedAnswer

Token = Literal["none", "right", "wrong"]


def answer(exchange: RecordedExchange) -> ExpectedAnswer:
    """The answer to the request. Raises WizardError for a build nothing is known about."""
    server = running.of_settings(build_of(exchange.version), exchange.flags, exchange.env, exchange.files)
    key = answers.presented(exchange.request)
    token: Token = "right" if key in server.keys else "wrong" if key else "none"
    return answers.answer(server, replace(exchange.request, token=token))
