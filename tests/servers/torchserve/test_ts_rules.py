"""What the rules of `check` claim of TorchServe, shown by the real 0.12.0. One start shows many rules.

0.9.0 is in test_ts_rules_old.py; what cannot be shown is marked in the rules themselves (`unshown`).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.servers.torchserve.fleet import own_address
from tests.servers.torchserve.native import LISTENERS, FreePort, Native
from tests.servers.torchserve.plans import PAGE
from tests.servers.torchserve.real import STARTED
from tests.support.checking import check
from tests.support.requires import TORCHSERVE_IMAGE, needs_images, needs_torchserve
from tests.support.waiting import until
from wizard.check.findings import ReportLine, every_rule, words
from wizard.observed.source import Source

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = needs_torchserve
EXAMPLES = Path(__file__).parents[2] / "check" / "rules"

BASE = f"""\
{LISTENERS}default_workers_per_model=1
"""

STOPS = {
    "TS-ESCAPE": "Malformed \\uxxxx encoding",
    "TS-NOT-UTF8": "UnicodeDecodeError",
    "TS-NUMBER": 'For input string: "120s"',
    "TS-PATTERN": "PatternSyntaxException",
    "TS-ADDRESS": "Invalid binding address",
    "TS-HTTPS-BARE": "CertificateException",
    "TS-GRPC-ADDRESS": "UnknownHostException",
    "TS-GRPC-OFF": "port out of range:-1",
    "TS-GRPC-TLS": "java.lang.NullPointerException",
    "TS-UNIX-NATIVE": "unix domain socket requires use_native_io set to true",
    "TS-CLASH": "Address already in use",
    "TS-LOAD-TWICE": "Model version 1.0 is already registered for model cat",
    "TS-SNAPSHOT-FIELDS": "NullPointerException",
    "TS-JSON": "JsonSyntaxException",
    "TS-SNAPSHOT-BY-HAND": "InvalidSnapshotException",
    "TS-STORE-SYNTAX": "--model-store directory not found: ~/models",
    "TS-STORE-WINDOWS": "--model-store directory not found: C:/models",
}
"""Rule -> what the server says when the rule's own example stops it."""


def example(rule: str) -> bytes:
    """The failing example of a rule, with the ports and the store of a test, and ports for gRPC."""
    text = (EXAMPLES / rule / "failing" / "config.properties").read_bytes()
    for old, new in (
        (b":8080", b":@inference@"),
        (b":8443", b":@inference@"),
        (b":8081", b":@management@"),
        (b":8082", b":@metrics@"),
        (b"/srv/models", b"@store@"),
        (b"workflow_store=/srv/workflows\n", b""),
        (b"a.mar", b"cat.mar"),
        (b"b.mar", b"dog.mar"),
    ):
        text = text.replace(old, new)
    if rule == "TS-SNAPSHOT-BY-HAND":
        text = text.replace(b"cat.mar", b"absent.mar")
    more = b"" if b"grpc_inference_port" in text else b"grpc_inference_port=@grpc@\n"
    return text + more + b"grpc_management_port=@grpc_management@\n"


@pytest.mark.parametrize("rule", STOPS)
def test_the_example_stops_the_server(rule: str, torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    with Native(torchserve, tmp_path / "ts", free_port, example(rule)) as server:
        server.exit_code()
        assert STOPS[rule] in server.log, server.log[-2000:]
        assert STARTED not in server.log


def test_two_servers_of_grpc_on_one_port_stop_it(torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    """TS-GRPC-CLASH."""
    text = BASE.replace("@grpc@", "@grpc_management@")
    with Native(torchserve, tmp_path / "ts", free_port, text) as server:
        server.exit_code()
        assert STARTED not in server.log


LOADS = {
    "TS-LOAD-QUOTED": ('load_models="cat.mar"\n', 'Failed to load model: "cat.mar"'),
    "TS-LOAD-REFUSED": (
        "allowed_urls=none\nload_models=https://models.example/cat.mar\n",
        "Given URL https://models.example/cat.mar does not match any allowed URL(s)",
    ),
    "TS-TLS-UNUSED": ("private_key_file=/nowhere/key.pem\ncertificate_file=/nowhere/cert.pem\n", "bind to: http://"),
}
"""Rule -> lines, and what the server that starts all the same says."""


@pytest.mark.parametrize("rule", LOADS)
def test_it_starts_without_what_was_meant(rule: str, torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    text, said = LOADS[rule]
    with Native(torchserve, tmp_path / "ts", free_port, BASE + text) as server:
        server.wait()
        assert said in server.log
        assert "Model cat loaded" not in server.log


def test_archives_in_one_pair_of_quotes_are_one(torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    """TS-FLAG-MODELS."""
    usual = ("--start", "--foreground", "--ncs", "--ts-config", "config.properties", "--models")
    with Native(torchserve, tmp_path / "ts", free_port, BASE, (*usual, "cat=cat.mar dog=dog.mar")) as server:
        server.wait()
        assert "Failed to load model: cat.mar dog=dog.mar" in server.log, server.log
        assert "Model cat loaded" not in server.log


def found_in(lines: str) -> list[ReportLine]:
    (report,) = check([Source("config.properties", f"inference_address=http://127.0.0.1:8080\n{lines}")])
    return words(report)


def said_of(lines: str) -> dict[str, str]:
    """Key -> what TS-NUMBER says of it."""
    return {str(each.remark.fills["key"]): each.message for each in found_in(lines) if each.id == "TS-NUMBER"}


STARTS = "job_queue_size=1e3\ndefault_response_timeout=2m\n"
ARABIC = "number_of_netty_threads=\\u0662\n"


def test_some_numbers_stop_the_server_only_once_it_loads_a_model(
    torchserve: str, tmp_path: Path, free_port: FreePort
) -> None:
    assert all("as soon as it loads a model" in said for said in said_of(STARTS).values()) and len(said_of(STARTS)) == 2
    assert said_of(ARABIC) == {}  # a 2 to the server too, or it would not start
    with Native(torchserve, tmp_path / "ts", free_port, BASE + STARTS + ARABIC) as server:
        server.wait()
    for number, line in enumerate(STARTS.splitlines()):
        with Native(torchserve, tmp_path / f"m{number}", free_port, f"{BASE}{line}\nload_models=cat.mar\n") as server:
            server.exit_code()
            assert STARTED not in server.log
            assert f'For input string: "{line.partition("=")[2]}"' in server.log


OPEN_TO_ALL = "disable_token_authorization=true\nenable_model_api=true\nload_models=cat.mar\n"
LATE = "unregister_model_timeout=1e3\ngrpc_inference_max_connection_age_ms=99999999999\nio_ratio=1e3\n"


def test_a_number_that_is_read_when_a_model_is_removed_and_others_that_fit_or_are_never_read(
    torchserve: str, tmp_path: Path, free_port: FreePort
) -> None:
    assert [line.id for line in found_in(LATE) if line.remark.fills.get("key") == "io_ratio"] == ["TS-NUMBER-UNREAD"]
    ((key, said),) = said_of(LATE).items()
    assert key == "unregister_model_timeout" and "answers 403 when a model is removed" in said
    with Native(torchserve, tmp_path / "ts", free_port, BASE + LATE + OPEN_TO_ALL) as server:
        server.wait()
        until(lambda: server.ask("inference", "GET", "/predictions/cat").status == 200, lambda: server.log[-2000:])
        removed = server.ask("management", "DELETE", "/models/cat")
        assert (removed.status, b"1e3" in removed.body) == (403, True)


def test_a_limit_of_answers_that_is_too_large_a_number_ends_the_processes_of_models(
    torchserve: str, tmp_path: Path, free_port: FreePort
) -> None:
    line = "max_response_size=99999999999\n"
    (said,) = said_of(line).values()
    assert "too large a number, and the server starts, but no model answers" in said
    with Native(torchserve, tmp_path / "ts", free_port, BASE + line + OPEN_TO_ALL) as server:
        server.wait()
        until(
            lambda: 'NumberFormatException: For input string: "99999999999"' in server.log, lambda: server.log[-2000:]
        )
        (cat,) = json.loads(server.ask("management", "GET", "/models/cat").body)
        assert "READY" not in [worker["status"] for worker in cat["workers"]]


def test_the_last_list_of_models_counts(torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    """TS-FLAG-TWICE."""
    flags = ("--start", "--foreground", "--ncs", "--ts-config", "config.properties")
    with Native(
        torchserve, tmp_path / "ts", free_port, BASE, (*flags, "--models", "all", "--models", "dog.mar")
    ) as server:
        server.wait()
        assert "Model dog loaded" in server.log and "Model cat loaded" not in server.log


CALLS = {
    "TS-FLAG-UNKNOWN": (("--start", "--host", "0.0.0.0"), "unrecognized arguments: --host 0.0.0.0", 2),
    "TS-NO-STORE": (("--start", "--foreground", "--ncs"), "Missing mandatory parameter --model-store", 1),
    "TS-STORE-UNSET": (
        ("--start", "--foreground", "--ncs", "--ts-config", "config.properties"),
        "Missing mandatory parameter --model-store",
        1,
    ),
}
"""Rule -> a command line, what it says, and its exit code."""


@pytest.mark.parametrize("rule", CALLS)
def test_the_command_line_is_refused(rule: str, torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    flags, said, code = CALLS[rule]
    with Native(torchserve, tmp_path / "ts", free_port, "load_models=cat.mar\n", flags) as server:
        assert server.exit_code() == code
        assert said in server.log


KEYED = (
    b"\xef\xbb\xbfnumber_of_netty_threads=3\n"
    + BASE.replace("inference_address=http://127.0.0.1", "inference_address=http://0.0.0.0").encode()
    + b"""\
colour=blue
cors.allowed.origin=https://app.example
cors_allowed_methods=PUT
job_queue_size=10
job_queue_size=20
token_expiration_min=never
metrics_mode=promethus
disable_token_authorization=yes
load_models=/elsewhere/cat.mar,${MODELS}, dog.mar
models={"bird": {"1.0": {"minWorkers": 1}}}
allowed_urls=https://
enable_model_api=true
"""
)
VARIABLES = {"TS_DEFAULT_WORKERS_PER_MODEL": "7", "TS_JOB_QUEUE_SIZE": "7", "MODEL_STORE": "/nowhere"}


def test_one_start_with_the_token_on(torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    with Native(torchserve, tmp_path / "ts", free_port, KEYED, environment=VARIABLES) as server:
        server.wait()
        said, keeper = server.said, server.key("management")
        shown = {
            "TS-BOM": said["Netty threads"] == "0",
            "TS-KEY-NONE": "colour" not in server.log,
            "TS-OPEN": bool(server.listens("inference") & {"::", "0.0.0.0"}),
            "TS-ENV-UNREAD": said["Model Store"] == f"{server.folder}/store",
            "TS-ENV-SWITCH": said["Default workers per model"] == "1",
            "TS-WORKFLOWS-UNSET": said["Workflow Store"] == said["Model Store"],
            "TS-VARIABLE": "Failed to load model: ${MODELS}" in server.log,
            "TS-LOAD-BLANK": "Failed to load model:  dog.mar" in server.log,
        }
        for origin in ({}, {"Origin": PAGE}):
            answer = server.ask("inference", "GET", "/ping", origin)
            shown["TS-KEY-UNKNOWN"] = shown["TS-CORS-NO-ORIGIN"] = "access-control-allow-origin" not in answer.cors
            shown["TS-BOOL"] = shown["TS-HEALTH-TOKEN"] = answer.status == 400
        loaded = json.loads(server.ask("management", "GET", "/models", keeper).body)["models"]
        shown["TS-LOAD-PATH"] = [each["modelName"] for each in loaded] == ["cat"]
        shown["TS-MODELS-ALONE"] = "bird" not in str(loaded)
        (cat,) = json.loads(server.ask("management", "GET", "/models/cat", keeper).body)
        shown["TS-TWICE"] = cat["jobQueueStatus"]["remainingCapacity"] == 20
        refused = server.ask("management", "POST", "/models?url=https://models.example/x.mar", keeper)
        shown["TS-URLS-PREFIX"] = b"does not match any allowed URL" in refused.body
        added = server.ask("management", "POST", "/models?url=bird.mar", keeper)
        shown["TS-MODEL-API"] = added.status == 200
        keys = json.loads((server.folder / "key_file.json").read_text())
        shown["TS-EXPIRATION-TEXT"] = "expiration time" in keys["inference"]
        shown["TS-METRICS-MODE"] = server.ask("metrics", "GET", "/metrics", server.key("inference")).body == b""
    assert [rule for rule, seen in shown.items() if not seen] == []


OPEN = (
    BASE
    + """\
disable_token_authorization=true
max_request_size=10
cors_allowed_origin=https://app.example/
cors_allowed_headers=X-Custom-Header
workflow_store=@store@
blacklist_env_vars=A\\
enable_model_api=true
load_models=cat.mar
"""
)


def test_one_start_with_the_token_off(torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    with Native(torchserve, tmp_path / "ts", free_port, OPEN) as server:
        server.wait()
        said, page = server.said, {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
        asked = server.ask("inference", "OPTIONS", "/predictions/cat", page).cors
        shown = {
            "TS-TOKEN-OFF": server.ask("management", "GET", "/models").status == 200,
            "TS-CORS-ORIGIN": asked["access-control-allow-origin"] == f"{PAGE}/",
            "TS-CORS-HEADERS": asked["access-control-allow-headers"] == "X-Custom-Header",
            "TS-BODY-BYTES": server.ask("inference", "POST", "/predictions/cat").status == 413,
            "TS-WORKFLOWS-SAME": said["Workflow Store"] == said["Model Store"],
            "TS-SWALLOWED": said["Blacklist Regex"] == "Aenable_model_api=true"
            and said["Model API enabled"] == "false",
            "TS-URLS-UNSET": said["Allowed Urls"] == "[file://.*|http(s)?://.*]",
        }
    assert [rule for rule, seen in shown.items() if not seen] == []


DEAD = """\
inference_address=http://127.0.0.1:@inference@
management_address=http://127.0.0.1:@management@
metrics_address=http://@own@:@metrics@
grpc_inference_port=@grpc@
grpc_management_port=@grpc_management@
model_store=store
default_workers_per_model=1
token_expiration_min=0
cors_allowed_origin=https://app.example
cors_allowed_headers=authorization
allowed_urls=https?://models\\.example/.*
load_models=all
"""


def loaded(server: Native) -> set[str]:
    """The models that it says it loaded."""
    return set(re.findall(r"Model (\w+) loaded", server.log))


def failed(server: Native) -> set[str]:
    """The models that it says it could not load."""
    return set(re.findall(r"Failed to load model: ([^\n]*?)(?:, exception|\n|$)", server.log))


def test_one_start_with_keys_that_are_dead(torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    own = own_address()
    with Native(torchserve, tmp_path / "ts", free_port, DEAD.replace("@own@", own)) as server:
        server.wait()
        until(lambda: loaded(server) == {"cat", "dog", "bird"}, lambda: server.log[-2000:])
        page = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
        shown = {
            "TS-EXPIRATION-DEAD": server.ask("inference", "GET", "/ping", server.key("inference")).status == 400,
            "TS-CORS-TOKEN": server.ask("inference", "OPTIONS", "/predictions/cat", page).status == 400,
            "TS-OPEN-ON": server.listens("metrics") == {f"::ffff:{own}"} or server.listens("metrics") == {own},
            "TS-URLS-BACKSLASH": server.said["Allowed Urls"] == "[https?://models.example/.*]",
            "TS-STORE-RELATIVE": server.said["Model Store"] in ("store", f"{server.folder}/store"),
            "TS-LOAD-ALL": loaded(server) == {"cat", "dog", "bird"},
        }
        assert not server.connects("metrics"), "on that address only"
    assert [rule for rule, seen in shown.items() if not seen] == []


SHARED = (
    BASE.replace("@management@", "@inference@")
    + """\
allowed_urls=.*
"""
)


def test_one_start_with_one_listener_for_two_apis(torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    flags = ("--start", "--foreground", "--ncs", "--ts-config", "config.properties", "--models", "cat.mar,", "dog.mar")
    with Native(torchserve, tmp_path / "ts", free_port, SHARED, flags) as server:
        server.wait()
        statuses = {server.ask("inference", "GET", "/models", server.key(kind)).status for kind in KINDS}
        shown = {
            "TS-ONE-LISTENER": statuses == {400},
            "TS-URLS-NAMES": not loaded(server) and failed(server) == {"cat.mar", "dog.mar"},
            # The launcher joins the words of --models with commas, and empty parts are skipped: nothing to say.
            "a comma behind a word": server.said["Initial Models"] == "cat.mar,,dog.mar",
        }
    assert [rule for rule, seen in shown.items() if not seen] == [], server.log[-3000:]


ANYWHERE = BASE.replace("@metrics@", "0").replace("@grpc@", "0") + "allowed_urls=none\nload_models=none\n"


def test_one_start_with_ports_that_are_zero_and_no_model(torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    with Native(torchserve, tmp_path / "ts", free_port, ANYWHERE) as server:
        server.wait()
        assert not server.connects("metrics") and not server.connects("grpc")
        java = [child.pid for child in psutil.Process(server.process.pid).children(recursive=True)]
        every = [each for each in psutil.net_connections("tcp") if each.pid in java]
        own = {each.laddr.port for each in every if each.laddr and each.status == psutil.CONN_LISTEN}
        shown = {
            "TS-PORT-ZERO": len(own) == 5 and 0 not in own and server.said["Metrics address"].endswith(":0"),
            # Nothing is called none, so nothing is kept from being loaded by allowed_urls.
            "none is no model": failed(server) == {"none"} and not loaded(server),
        }
    assert [rule for rule, seen in shown.items() if not seen] == [], (own, server.log[-3000:])
    assert not [line.id for line in words(check([Source("config.properties", NONE)])[0]) if line.severity != "info"]


NONE = """\
inference_address=http://127.0.0.1:8080
management_address=http://127.0.0.1:8081
model_store=/srv/models
workflow_store=/srv/workflows
allowed_urls=none
load_models=none
"""
KINDS = ("inference", "management")
FLAGGED = (
    BASE
    + """\
disable_token_authorization=false
enable_model_api=false
cors_allowed_origin=*
allowed_urls=https?://.*
"""
)


def test_one_start_with_everything_opened_by_flags(torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    flags = ("--start", "--foreground", "--ncs", "--ts-config", "config.properties", "--models", "all")
    more = ("--disable-token-auth", "--enable-model-api")
    with Native(torchserve, tmp_path / "ts", free_port, FLAGGED, (*flags, *more)) as server:
        server.wait()
        listed = server.ask("management", "GET", "/models", {"Origin": "https://stranger.example"})
        asked = server.ask("inference", "GET", "/ping", {"Origin": "https://stranger.example"})
        fetched = server.ask("management", "POST", f"/models?url=http://127.0.0.1:{free_port()}/x.mar")
        shown = {
            "TS-FLAG-TOKEN": listed.status == 200,
            "TS-FLAG-ALL": {each["modelName"] for each in json.loads(listed.body)["models"]} == {"cat", "dog", "bird"},
            "TS-CORS-ANY": {each.cors["access-control-allow-origin"] for each in (listed, asked)} == {"*"},
            "TS-URLS-ANY": fetched.status >= 400 and b"does not match any allowed URL" not in fetched.body,
            "TS-FLAG-MODEL-API": server.ask("management", "DELETE", "/models/bird").status == 200,
        }
    assert [rule for rule, seen in shown.items() if not seen] == [], fetched.body


EMPTY = (
    BASE
    + """\
disable_token_authorization=true
cors_allowed_origin=null
load_models=all
model_snapshot={"name":"startup.cfg","modelCount":0,"models":{}}
"""
)


def test_one_start_with_an_empty_snapshot(torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    with Native(torchserve, tmp_path / "ts", free_port, EMPTY) as server:
        server.wait()
        listed = server.ask("management", "GET", "/models", {"Origin": PAGE})
        shown = {
            "TS-SNAPSHOT-EMPTY": json.loads(listed.body)["models"] == [],
            "TS-LOAD-UNREAD": not loaded(server),
            "TS-CORS-NULL": listed.cors["access-control-allow-origin"] == "null",
        }
    assert [rule for rule, seen in shown.items() if not seen] == []


def test_a_start_without_the_two_flags_runs_what_an_earlier_one_wrote(
    torchserve: str, tmp_path: Path, free_port: FreePort
) -> None:
    """TS-BACKGROUND, TS-SNAPSHOT and TS-SNAPSHOT-TRAP, with three starts in one folder."""
    flags = ("--start", "--model-store", "store")
    text = BASE.replace("model_store=@store@\n", "") + "job_queue_size=7\n"
    with Native(torchserve, tmp_path / "ts", free_port, text, flags) as server:
        assert server.exit_code() == 0, "the launcher returns at once"
        until(lambda: STARTED in server.log, lambda: server.log[-2000:])
        assert server.again(flags).wait() == 1
        assert "already running" in server.log
        (snapshot,) = until(lambda: [*(server.folder / "logs/config").glob("*.cfg")], "a snapshot is written")
        server.again(("--stop",)).wait()
        (server.folder / "config.properties").write_text("job_queue_size=9\n")
        before = len(server.log)
        server.again((*flags, "--foreground"))
        until(lambda: STARTED in server.log[before:], lambda: server.log[before:][-2000:])
        said = server.log[before:]
        text = snapshot.read_text()
    assert re.search(r"Config file: \S*logs/config/\S+\.cfg\n", said), said
    assert "job_queue_size=7" in text
    (report,) = check([Source(snapshot.name, text)])
    assert [line.id for line in words(report) if line.severity == "info"] == ["TS-SNAPSHOT"]


@needs_images(TORCHSERVE_IMAGE)
def test_a_container_ends_with_a_launcher_in_the_background(docker_client: DockerClient) -> None:
    """TS-CONTAINER-ENDS."""
    container = docker_client.containers.run(
        TORCHSERVE_IMAGE, ["--start", "--ncs", "--model-store", "/tmp"], entrypoint="torchserve", detach=True
    )
    try:
        assert container.wait(timeout=120)["StatusCode"] == 0
        assert STARTED not in container.logs().decode()
    finally:
        container.remove(force=True)


@needs_images(TORCHSERVE_IMAGE)
def test_without_a_file_it_listens_inside_its_container_alone(docker_client: DockerClient) -> None:
    """TS-LOOPBACK-INSIDE."""
    flags = ["--start", "--foreground", "--ncs", "--model-store", "/tmp"]
    container = docker_client.containers.run(
        TORCHSERVE_IMAGE, flags, entrypoint="torchserve", detach=True, working_dir="/tmp"
    )
    try:
        until(lambda: STARTED in container.logs().decode(), lambda: container.logs().decode()[-2000:])
        container.reload()
        tables = [Path(f"/proc/{container.attrs['State']['Pid']}/net/{name}") for name in ("tcp", "tcp6")]
        on = {place for table in tables for place in re.findall(r"\w+:1F90\b", table.read_text())}
        assert on and all(place.endswith("0100007F:1F90") for place in on)
    finally:
        container.remove(force=True)


def test_a_property_of_log4j_1_takes_the_log_away(torchserve: str, tmp_path: Path, free_port: FreePort) -> None:
    """TS-LOG4J1, with a file that log4j 1 would read."""
    logging = tmp_path / "log.properties"
    logging.write_text("log4j.rootLogger=INFO, A\nlog4j.appender.A=org.apache.log4j.ConsoleAppender\n")
    text = f"{BASE}vmargs=-Dlog4j.configuration=file://{logging}\n"
    with Native(torchserve, tmp_path / "ts", free_port, text) as server:
        server.wait()
        assert "No configuration found" in server.log
        assert "Torchserve version" not in server.log and "[INFO" not in server.log


def test_every_rule_named_here_is_one() -> None:
    named = set(re.findall(r"TS-[A-Z0-9-]+[A-Z0-9]", Path(__file__).read_text("utf-8")))
    assert named <= set(every_rule())
