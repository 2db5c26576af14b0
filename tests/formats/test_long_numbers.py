"""A number of any length is a number too large, wherever text of others is read: Python converts no more than 4,300
digits, and raises where there are more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.checking import check
from wizard.help import situation
from wizard.observed.source import Source
from wizard.plain.ask import option_named
from wizard.servers import exchanges
from wizard.session.steps.base import Field, Option
from wizard.session.steps.edit import change_of

LONG = "9" * 5_000

STARTS = {
    "a pause between looks": (
        "tensorflow_model_server --rest_api_port=8501 --model_config_file=models.config "
        f"--model_config_file_poll_wait_seconds={LONG}\n"
    ),
    "a health check's port": (
        "docker run -p 127.0.0.1:8501:8501 --health-cmd "
        f"'curl -f http://localhost:{LONG}/v1/models/m' tensorflow/serving:2.19.1\n"
    ),
}


@pytest.mark.parametrize("name", STARTS)
def test_a_start_with_a_long_number_is_judged(name: str) -> None:
    files = {"run.sh": Source("run.sh", STARTS[name]), "models.config": Source("models.config", "model_config_list {}")}
    (report, *_) = check(files.values())
    assert report.server == "tensorflow-serving"


ASKED: dict[str, Mapping[str, Any]] = {
    "threads": {"server": "tensorflow-serving", "flags": [f"--rest_api_num_threads={LONG}"], "path": "/v1/models/m"},
    "a target's port": {"server": "tensorflow-serving", "path": f"http://localhost:{LONG}/v1/models/m"},
    "a range": {"server": "llama-server", "path": "/health", "headers": {"Range": f"bytes={LONG}-{LONG}"}},
    "an origin's port": {
        "server": "llama-server",
        "path": "/health",
        "headers": {"Origin": f"http://localhost:{LONG}"},
    },
    "workers": {"server": "torchserve", "method": "PUT", "path": f"/models/m?min_worker={LONG}", "api": "management"},
}


@pytest.mark.parametrize("name", ASKED)
def test_a_recorded_request_with_a_long_number_is_answered(name: str) -> None:
    asked = dict(ASKED[name])
    request = {"method": asked.pop("method", "GET"), "path": asked.pop("path"), "headers": asked.pop("headers", {})}
    (answer,) = exchanges.answer_all(json.dumps([{**asked, "request": request}]))
    assert answer["status"] is None or 200 <= answer["status"] < 600


def test_a_message_with_a_long_port_names_none() -> None:
    assert situation.port_of({"port": LONG}) is None
    assert situation.port_of({"port": "08080"}) == 8080


@pytest.mark.parametrize("typed", [LONG, "0000019", "000001", "3", "0"])
def test_a_number_beyond_the_options_is_none_of_them(typed: str) -> None:
    field = Field("a", "choice", "", options=(Option("one", "One"), Option("two", "Two")))
    assert option_named(field, typed) is (field.options[0] if typed == "000001" else None)


def test_a_typed_number_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="a whole number, please"):
        change_of(Field("port", "text", "", key="bind.inference.port", number=True), LONG)
