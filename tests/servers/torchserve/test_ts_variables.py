"""Variables in place of config.properties: the real 0.12.0 does what `check`, `explain` and `import` say of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.servers.torchserve.native import LISTENERS, FreePort, Native
from tests.support.requires import needs_torchserve
from wizard.check.analysis import Analysis
from wizard.check.importing import draft
from wizard.observed.seen import Observed, Setting
from wizard.observed.source import Source

FILE = f"""\
{LISTENERS}workflow_store=/tmp
allowed_urls=none
disable_token_authorization=false
"""
FLAGS = "--start --foreground --ncs --ts-config config.properties"
VARIABLES = {
    "TS_MANAGEMENT_ADDRESS": "http://0.0.0.0:@management@",
    "TS_DISABLE_TOKEN_AUTHORIZATION": "true",
    "TS_CORS_ALLOWED_ORIGIN": "https://a.example",
    "TS_ALLOWED_URLS": ".*",
}
SWITCH = "enable_envvars_config=true\n"
USUAL = {
    "inference": 8080,
    "management": 8081,
    "metrics": 8082,
    "grpc": 7070,
    "grpc_management": 7071,
}


def filled(text: str, ports: Mapping[str, int]) -> str:
    for name, value in ports.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def read(file: str, variables: dict[str, str], flags: str = FLAGS, ports: Mapping[str, int] = USUAL) -> Analysis:
    """What is made of the file and of a script that sets the variables before it starts the server with it."""
    exports = "".join(f"export {name}={filled(value, ports)}\n" for name, value in variables.items())
    sources = (Source("config.properties", filled(file, ports)), Source("start.sh", f"{exports}torchserve {flags}\n"))
    analysis = Analysis(lambda path: next((each for each in sources if each.path == path), None))
    for source in sources:
        analysis.add(source)
    return analysis


def only(analysis: Analysis) -> Observed:
    analysis.reports()
    return next(each for each in analysis.observed if each.start is not None)


def in_force(observed: Observed) -> dict[str, Setting]:
    return {each.name: each for each in observed.settings if each.counts}


@needs_torchserve
@pytest.mark.parametrize(("more", "counts"), [("", False), (SWITCH, True)])
def test_they_count_where_the_file_says_so_and_not_otherwise(
    more: str, counts: bool, torchserve: str, tmp_path: Path, free_port: FreePort
) -> None:
    """RUN-ENV-NOBODY: names that are invented change nothing."""
    ports = {api: free_port() for api in ("inference", "management", "metrics", "grpc", "grpc_management")}
    invented = {"TORCHSERVE_API_KEY": "abc", "TS_API_KEY": "abc", "TS_ENABLE_CORS": "true"}
    variables = {name: filled(value, ports) for name, value in VARIABLES.items()} | invented
    text = filled(FILE, ports) + more
    observed = only(read(text, variables, ports=ports))
    with Native(torchserve, tmp_path / "ts", free_port, text, environment=variables) as server:
        server.ports.update(ports)
        server.wait()
        addresses = {address.removeprefix("::ffff:") for address in server.listens("management")}
        asked = server.ask("management", "GET", "/models")
        urls = server.said["Allowed Urls"]
    predicted = next(each.address for each in observed.listeners if each.api == "management")
    assert (addresses != {"127.0.0.1"}) is counts is (predicted == "0.0.0.0")
    assert (asked.status == 200) is counts is (observed.detail.token is False)  # type: ignore[attr-defined]
    origin = asked.headers.get("access-control-allow-origin")
    assert (origin == "https://a.example") is counts is ("TS_CORS_ALLOWED_ORIGIN" in in_force(observed))
    # That one needs a switch of its own besides.
    assert urls == "[none]" and "TS_ALLOWED_URLS" not in in_force(observed)


def test_what_they_set_is_said_where_they_stand() -> None:
    analysis = read(FILE + SWITCH, {**VARIABLES, "TS_CORS_ALLOWED_ORIGIN": "https://a.example,https://b.example"})
    said = {
        (remark.rule, report.source.path, report.source.at(remark.at)[0])
        for report in analysis.reports()
        for remark in report.remarks
        if remark.at is not None
    }
    assert {("TS-TOKEN-OFF", "start.sh", 2), ("TS-CORS-ORIGIN", "start.sh", 3)} <= said
    assert {("TS-ENV-WINS", "config.properties", line) for line in (2, 9)} <= said
    assert ("TS-ENV-SWITCH", "start.sh", 4) in said  # TS_ALLOWED_URLS
    assert not [each for each in said if each[0] == "TS-TWICE"]


def test_who_set_it_and_what_it_shadows() -> None:
    found = only(read(FILE + SWITCH, VARIABLES))
    (line,) = [each for each in found.settings if each.name == "management_address"]
    assert not line.counts and line.shadowed_by == "the variable TS_MANAGEMENT_ADDRESS"
    variable = in_force(found)["TS_MANAGEMENT_ADDRESS"]
    assert variable.source is not None and (variable.source.path, variable.layer) == ("start.sh", "environment")


def test_they_are_imported_with_their_place() -> None:
    made = draft(read(FILE + SWITCH, VARIABLES))
    answers = {each.key: each for each in made.answers}
    assert answers["bind.management"].value == {"scope": "all", "port": 8081}
    assert answers["auth.management"].value == "none"
    assert answers["cors.inference.origins"].value == ["https://a.example"]
    places = {
        each.source.path
        for key, each in answers.items()
        if key in ("auth.management", "bind.management") and each.source
    }
    assert places == {"start.sh"}
    assert not [
        each for each in made.lost if "has no answer of its own" in each.what and "ALLOWED_URLS" not in each.what
    ]


def test_they_count_before_the_flags() -> None:
    flags = f"{FLAGS} --disable-token-auth --models bird=bird.mar"
    variables = {"TS_DISABLE_TOKEN_AUTHORIZATION": "false", "TS_LOAD_MODELS": "cat=cat.mar"}
    analysis = read(FILE + SWITCH, variables, flags)
    found = only(analysis)
    assert found.detail.token is True  # type: ignore[attr-defined]
    shadowed = {each.name: each.shadowed_by for each in found.settings if each.layer == "flag" and not each.counts}
    assert shadowed == {
        "--disable-token-auth": "the variable TS_DISABLE_TOKEN_AUTHORIZATION",
        "--models": "the variable TS_LOAD_MODELS",
    }
    models = next(each.value for each in draft(read(FILE + SWITCH, variables, flags)).answers if each.key == "models")
    assert [model["name"] for model in models] == ["cat"]  # type: ignore[attr-defined]


def test_what_a_variable_from_outside_sets_is_not_guessed() -> None:
    analysis = read(FILE + SWITCH, {"TS_MANAGEMENT_ADDRESS": "$WHERE", "TS_DISABLE_TOKEN_AUTHORIZATION": '"$OFF"'})
    found = only(analysis)
    assert "management" not in {each.api for each in found.listeners}
    assert not found.ports_known and found.detail.token is None  # type: ignore[attr-defined]
