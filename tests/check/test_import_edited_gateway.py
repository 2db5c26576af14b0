"""A generated gateway that somebody edited: what is spelt as this program spells it counts, the rest is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.each import each
from tests.support.plans import plan
from wizard import artifacts
from wizard.check.analysis import Analysis
from wizard.check.importing import ImportedAnswers, draft
from wizard.host import Host
from wizard.observed.source import Source
from wizard.placement.resolve import resolve

CONFIG = "d/gateway/nginx.conf"
GIVEN = plan(
    "torchserve",
    bind={"inference": {"scope": "all"}, "management": {"scope": "loopback"}},
    cors={"inference": {"origins": ["https://a.example", "https://b.example"]}},
    auth={"inference": "gateway-token", "management": "gateway-token"},
    gateway={"names": ["box"], "max_body_mib": 16},
)
FIRST = '        "~^https://b[.]example$" https://b.example;\n'
OTHER = "server { listen 9000; return 200 hidden-word; }"
PING = "        location = /ping {\n"


def written() -> dict[str, Source]:
    files = artifacts.render(resolve(GIVEN, Host()))
    return {f"d/{file.path}": Source(f"d/{file.path}", file.text) for file in files}


def edited(change: Callable[[str], str], **files: str) -> ImportedAnswers:
    """What is imported after a change to the gateway's configuration, or to other files."""
    sources = written()
    del sources["d/wizard.toml"]
    before = sources[CONFIG].text
    sources[CONFIG] = Source(CONFIG, change(before))
    assert sources[CONFIG].text != before or files
    for path, text in files.items():
        sources[path] = Source(path, text)
    analysis = Analysis(sources.get)
    for source in sources.values():
        analysis.add(source)
    return draft(analysis)


def told(found: ImportedAnswers) -> list[tuple[str, int]]:
    """What is said about the configuration, with the line."""
    about = [each for each in found.lost if each.source is not None and each.source.path == CONFIG]
    lines = [(each.what, each.source.at(each.at or 0)[0]) for each in about if each.source is not None]
    return [(what, at) for what, at in lines if not what.startswith("The token of ")]


def line(found: ImportedAnswers, text: str) -> int:
    """The line of the edited configuration that has a text."""
    source = next(each.source for each in found.answers if each.source is not None and each.source.path == CONFIG)
    return next(number for number, row in enumerate(source.rows, 1) if text in row)


def cors(found: ImportedAnswers) -> dict[str, Any]:
    data: Any = found.data
    rule: dict[str, Any] = data["cors"]["inference"]
    return rule


def test_what_is_spelt_as_this_program_spells_it_is_an_answer() -> None:
    more = '        "~^https://c[.]example$" https://c.example;\n'
    found = edited(lambda text: text.replace(FIRST, FIRST + more).replace("rate=20r/s", "rate=3r/s"))
    assert cors(found)["origins"] == ["https://a.example", "https://b.example", "https://c.example"]
    assert found.data["gateway"] == {"names": ["box"], "max_body_mib": 16, "requests_per_second": 3}
    burst = [what for what, _ in told(found)]
    assert not burst  # it follows from the rate, and both are at its least


def test_tokens_are_said_to_stay_where_they_are() -> None:
    found = edited(lambda text: text + "# looked at\n")
    said = [each.what for each in found.lost if each.what.startswith("The token of ")]
    assert [what.partition(":")[0] for what in said] == ["The token of inference", "The token of management"]


def test_comments_and_blanks_are_no_change() -> None:
    found = edited(lambda text: text.replace(";\n", ";  # looked at\n\n"))
    assert not told(found) and cors(found)["origins"] == ["https://a.example", "https://b.example"]


@each(
    (
        ('        "~^https://.*[.]example$" $http_origin;\n', "an entry of map $origin_inference: no answer"),
        ("        https://c.example https://c.example;\n", "an entry of map $origin_inference: no answer"),
        ('        "~^https://c[.]example$" https://d.example;\n', "an entry of map $origin_inference: no answer"),
    )
)
def test_an_origin_in_other_words_is_not_taken_for_one(entry: str, said: str) -> None:
    found = edited(lambda text: text.replace(FIRST, FIRST + entry))
    assert cors(found)["origins"] == ["https://a.example", "https://b.example"]
    ((what, at),) = told(found)
    assert what.startswith(said) and at == line(found, entry.strip())


def test_a_default_that_lets_everybody_in_is_not_carried_over() -> None:
    change = ('origin_inference {\n        default "";', "origin_inference {\n        default $http_origin;")
    found = edited(lambda text: text.replace(*change, 1))
    assert cors(found)["origins"] == ["https://a.example", "https://b.example"]
    ((what, at),) = told(found)
    assert "map $origin_inference" in what and at == line(found, "default $http_origin")


@each(
    (
        ("client_max_body_size 16m;", "client_max_body_size 1g;", "client_max_body_size: "),
        ("server_tokens off;", "server_tokens off;\n    gzip on;", "gzip: "),
        (PING, PING.replace("/ping", "/pong"), "location = /pong: "),
        (PING, "        location /raw { proxy_pass http://inference; }\n" + PING, "location /raw: "),
        (PING, PING + "            allow 10.0.0.0/8;\n            deny all;\n", "allow 10.0.0.0/8: "),
        ("    upstream inference {", f"    {OTHER}\n    upstream inference {{", "server"),
        ("server server:8080;", "server elsewhere:8080;", "server: "),
    )
)
def test_what_no_answer_says_is_named_with_its_line(before: str, after: str, said: str) -> None:
    found = edited(lambda text: text.replace(before, after, 1))
    lines = [at for what, at in told(found) if what.startswith(said)]
    assert lines and all("hidden-word" not in what for what, _ in told(found))
    new = next(row.strip() for row in after.splitlines() if row.strip() not in before)
    assert line(found, new) in lines


def test_a_token_that_one_path_no_longer_asks_for_stays_with_the_others() -> None:
    def open_ping(text: str) -> str:
        head, ping, rest = text.partition(PING)
        return head + ping + rest.replace("            auth_request /_token;\n", "", 1)

    found = edited(open_ping)
    assert found.data["auth"] == {"inference": "gateway-token", "management": "gateway-token"}
    ((what, at),) = told(found)
    assert what.startswith("auth_request /_token") and at == line(found, PING.strip())


def test_a_secret_that_somebody_wrote_into_it_is_not_repeated() -> None:
    lines = (
        'proxy_set_header X-Api-Key "s3cr3t-w0rd";',
        "if ($arg_key=s3cr3t-w0rd) { return 403; }",
        "proxy_pass http://me:s3cr3t-w0rd@inference;",
    )
    found = edited(lambda text: text.replace(PING, PING + "".join(f"            {each}\n" for each in lines), 1))
    assert len(told(found)) == 3
    assert "s3cr3t" not in repr(found.data) + repr([each.what for each in found.lost])


def test_a_configuration_from_outside_the_folder_is_not_opened() -> None:
    asked: list[str] = []
    sources = written()
    text = sources["d/compose.yaml"].text.replace("./gateway/nginx.conf", "../../etc/nginx.conf")

    def load(path: str) -> Source | None:
        asked.append(path)
        return None

    analysis = Analysis(load)
    analysis.add(Source("d/compose.yaml", text))
    found = draft(analysis)
    assert not any("etc/nginx.conf" in path for path in asked)
    assert any("publishes" in each.what for each in found.lost)


def test_a_gateway_that_no_container_has_does_not_count() -> None:
    compose = written()["d/compose.yaml"].text
    found = edited(lambda same: same, **{"d/compose.yaml": compose.replace("./gateway/nginx.conf", "./own.conf")})
    assert "cors" not in found.data and not told(found)


@each(
    (
        ("    cap_drop:\n", "    environment:\n      KEY: s3cr3t-w0rd\n", "KEY: "),
        ('      - "8080:8080"\n', '      - "9000:9000"\n', "an entry: "),
        ("  gateway:\n", "  extra:\n    image: busybox\n", "extra: "),
    )
)
def test_what_was_added_to_the_compose_file_is_named(before: str, more: str, said: str) -> None:
    head, name, gateway = written()["d/compose.yaml"].text.rpartition("  gateway:\n")
    text = head + (name + gateway).replace(before, more + before, 1)
    found = edited(lambda same: same, **{"d/compose.yaml": text})
    named = [each for each in found.lost if each.source is not None and each.source.path == "d/compose.yaml"]
    assert any(each.what.startswith(said) for each in named), named
    assert not any("s3cr3t" in each.what for each in found.lost)
    assert cors(found)["origins"] == ["https://a.example", "https://b.example"]


def test_what_was_added_to_a_dockerfile_is_named() -> None:
    baked = GIVEN.model_copy(update={"run": GIVEN.run.model_copy(update={"packaging": "image"})})
    files = {f"d/{file.path}": file.text for file in artifacts.render(resolve(baked, Host()))}
    files["d/Dockerfile"] += "RUN pip install numpy\n"
    sources = {path: Source(path, text) for path, text in files.items() if path != "d/wizard.toml"}
    analysis = Analysis(sources.get)
    for source in sources.values():
        analysis.add(source)
    found = draft(analysis)
    assert found.data["run"] == {"how": "docker", "packaging": "image"}
    assert [each.what.partition(":")[0] for each in found.lost if each.by_hand] == ["RUN"]
