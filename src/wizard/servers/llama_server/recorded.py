"""Recorded requests: what the server, started with the recorded settings, would answer.

A recording contains the settings that matter to it. If it names no model and no list of models, one model is assumed; a
POST without a recorded body had none, because the server reads the body of every request to the model.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from wizard.servers.exchanges import RecordedExchange
from wizard.servers.llama_server import answers, running
from wizard.servers.llama_server.knowledge import build_of
from wizard.servers.requests import ExpectedAnswer

Token = Literal["none", "right", "wrong"]


def answer(exchange: RecordedExchange) -> ExpectedAnswer:
    """The answer to the request. Raises WizardError for an unknown build."""
    build = build_of(exchange.version)
    server = running.of_settings(build, exchange.flags, exchange.env, exchange.files)
    if not running.lists_models(build, exchange.flags, exchange.env):
        server = replace(server, options=server.options - {"router"})
    key = answers.presented(exchange.request)
    token: Token = "right" if key in server.keys else "wrong" if key else "none"
    return answers.answer(server, replace(exchange.request, token=token, body=exchange.request.body or b""))
