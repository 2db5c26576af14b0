"""What is said of servers that run: the command line that starts them again, and what is open to whom."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.processes import popen
from wizard import registry
from wizard.check.analysis import Analysis, FileReport
from wizard.check.findings import ReportLine, words
from wizard.check.reports.text import as_text
from wizard.check.running import Head, Opening, as_source, measured, openings, silent
from wizard.errors import WizardError
from wizard.formats.shell_source import read
from wizard.machine import running as machine
from wizard.machine import sockets
from wizard.machine.given_secrets import secrets_hidden
from wizard.machine.running import one_of
from wizard.observed.open_to import APART, EVERYWHERE, HERE, NOBODY
from wizard.observed.remark import Remark
from wizard.observed.running import JoinedNetwork, Published, RunningServer, Socket
from wizard.observed.source import Source

TS = ("torchserve", "--start", "--model-store", "/m", "--models", "all")
WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)


@given(st.lists(WORDS.filter(lambda word: word != "docker"), min_size=1, max_size=6))
def test_the_command_line_reads_back_word_for_word(words: list[str]) -> None:
    source = as_source(RunningServer("process", "x", "1", ("torchserve", *words)))
    (command,) = read(source.region, "sh")
    assert [word.text for word in command.words] == ["torchserve", *words]
    shown = [word for word in words if word.isprintable()]
    plain = as_source(RunningServer("process", "x", "1", ("torchserve", *shown))).text
    assert shlex.split(plain.replace("\\\n", " ")) == ["torchserve", *shown]


def test_our_own_reader_sees_the_same_words() -> None:
    running = RunningServer("process", "torchserve", "7", (*TS, "--ts-config", "it's a file.properties"))
    (command,) = read(as_source(running).region, "sh")
    assert tuple(word.text for word in command.words) == running.command


def observed(running: RunningServer):  # type: ignore[no-untyped-def]
    analysis = Analysis()
    analysis.add(as_source(running), running.folder)
    analysis.reports()
    return analysis.observed[0] if analysis.observed else None


@pytest.mark.parametrize(
    ("address", "who"),
    [("127.0.0.1", HERE), ("::1", HERE), ("0.0.0.0", EVERYWHERE), ("192.0.2.7", "the network of 192.0.2.7")],
)
def test_who_reaches_a_process(address: str, who: str) -> None:
    running = RunningServer("process", "torchserve", "7", TS, sockets=(Socket(address, 8080),), shares_network=True)
    (opening,) = openings(running, observed(running))
    assert (opening.api, opening.who) == ("inference", who)


FORKED = """
import os, signal, socket
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
if os.fork():
    listener.close()
    print(port, flush=True)
signal.pause()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_many_servers_are_looked_at_without_looking_at_everything_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may start hundreds of programs of that name; what a server's child listens on is the server's."""
    looks: Counter[str] = Counter()
    every, listening = psutil.process_iter, sockets._listening

    def counted(name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        looks[name] += 1
        return call(*arguments)

    monkeypatch.setattr(psutil, "process_iter", lambda: counted("processes", every))
    monkeypatch.setattr(sockets, "_listening", lambda pid: counted("sockets", listening, pid))
    monkeypatch.delattr(psutil.Process, "children")
    started = [popen(["llama-server", "600"], executable="/bin/sleep") for _ in range(12)]
    parent = popen(
        ["llama-server", "-c", FORKED], executable=sys.executable, stdout=subprocess.PIPE, start_new_session=True
    )
    assert parent.stdout is not None
    try:
        port = int(parent.stdout.readline())
        names = [reading.names for reading in registry.readings()]
        found = {int(each.number): each.sockets for each in machine.processes(names)}
        (child,) = [pid for pid, seen in found.items() if seen and pid != parent.pid and seen[0].port == port]
        assert found[parent.pid] == found[child] == (Socket("127.0.0.1", port),)
        assert {process.pid for process in started} <= set(found)
        assert looks["processes"] == 2 and looks["sockets"] <= len(set(map(_network, found)))
    finally:
        os.killpg(parent.pid, signal.SIGKILL)
        for process in (*started, parent):
            process.kill()
            process.wait()
        parent.stdout.close()


def _network(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/net").readlink())
    except OSError:  # it has ended
        return ""


def test_a_process_in_a_network_namespace_is_reached_from_there_only() -> None:
    running = RunningServer("process", "torchserve", "7", TS, sockets=(Socket("0.0.0.0", 8080),))
    assert [each.who for each in openings(running, None)] == [APART]


CONTAINER = RunningServer(
    "container",
    "web",
    "abc",
    ("docker", "run", "--name", "web", "--publish", "18080:8080", "pytorch/torchserve:0.12.0-cpu"),
    sockets=(Socket("::", 8080), Socket("::", 8082), Socket("127.0.0.1", 7070), Socket("127.0.0.1", 33000)),
    published=(Published("0.0.0.0", 18080, 8080), Published("::", 18080, 8080)),
    networks=(JoinedNetwork("bridge", "172.17.0.2", True),),
)


def test_a_container_is_reached_by_its_publishes_and_by_its_networks() -> None:
    found = {each.port: (each.api, each.who) for each in openings(CONTAINER, observed(CONTAINER))}
    assert found[18080] == ("inference", EVERYWHERE)
    assert found[8082][0] == "metrics"
    assert found[8082][1].startswith("containers on bridge, and programs on this machine")
    assert found[7070] == ("grpc", NOBODY)
    assert 33000 not in found, "an inner socket that no setting names and nobody reaches is of no concern"


def test_in_the_network_of_another_container_it_is_reached_as_that_one_is() -> None:
    joined = CONTAINER._replace(joins="web", sockets=(*(CONTAINER.sockets or ()), Socket("0.0.0.0", 5000)))
    found = {each.port: each.who for each in openings(joined, observed(joined))}
    assert found[18080] == EVERYWHERE and found[8082].startswith("containers on bridge")
    assert 5000 not in found, "that one's own socket"
    assert not openings(joined, None), "nor are its published ports"


def test_a_network_without_an_address_of_this_machine_is_for_containers_only() -> None:
    apart = CONTAINER._replace(networks=(JoinedNetwork("backend", "10.9.0.2", False),))
    assert {each.who for each in openings(apart, observed(apart)) if each.port == 8082} == {"containers on backend"}


def test_what_the_settings_name_and_nobody_listens_on_is_said() -> None:
    assert [each.api for each in silent(CONTAINER, observed(CONTAINER))] == ["management", "grpc_management"]
    unseen = CONTAINER._replace(sockets=None)
    assert silent(unseen, observed(unseen)) == ()


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (["s", "--api-key", "abc"], ["s", "--api-key", "***"]),
        (["s", "--api-key=abc"], ["s", "--api-key=***"]),
        (["s", "--hf_token", "abc", "--port", "1"], ["s", "--hf_token", "***", "--port", "1"]),
        (["s", "--api-key", "", "--x"], ["s", "--api-key", "", "--x"]),
        (["s", "--mu", "https://me:p@ss@h/m.gguf"], ["s", "--mu", "https://me:***@h/m.gguf"]),
        (["s", "--mu=http://:pw@h/"], ["s", "--mu=http://:***@h/"]),
        (["s", "-mu", "https://h/m?a=1&access_token=abc&b=2"], ["s", "-mu", "https://h/m?a=1&access_token=***&b=2"]),
        (["s", "https://h:8080/a@b"], ["s", "https://h:8080/a@b"]),
        (["s", "--api-key-file", "keys"], ["s", "--api-key-file", "keys"]),
        (["s", "--disable-token-auth", "all"], ["s", "--disable-token-auth", "all"]),
    ],
)
def test_secrets_are_left_out(command: list[str], shown: list[str]) -> None:
    assert list(secrets_hidden(command)) == shown


def test_one_is_chosen_by_name_or_number_and_others_are_named() -> None:
    process = RunningServer("process", "torchserve", "7", TS)
    assert one_of([CONTAINER, process], "web") is CONTAINER
    assert one_of([CONTAINER, process], "7") is process
    with pytest.raises(WizardError) as refused:
        one_of([CONTAINER, process], "8")
    assert "container:web, process:7" in str(refused.value)
    with pytest.raises(WizardError):
        one_of([process, process._replace(number="9")], "torchserve")


def test_where_nothing_runs_no_others_are_offered_and_what_was_not_looked_at_is_said() -> None:
    with pytest.raises(WizardError) as refused:
        one_of([], "web", "Containers were not looked at: no engine.")
    assert str(refused.value).splitlines()[1:] == ["Containers were not looked at: no engine.", "Nor does any other."]


def report_line(rule: str, api: str) -> ReportLine:
    fills = {
        "port": 8081,
        "title": "management API",
        "address": "127.0.0.1",
        "file": "x",
        "host_port": 8081,
        "what": "x",
    }
    remark = Remark(rule, Source("container:web", "docker run x"), 0, fills, api=api)
    return words(FileReport(remark.source, "docker-run", "torchserve", (remark,)))[0]


@pytest.mark.parametrize(
    ("rule", "api", "answer", "refuted"),
    [
        ("RUN-PORT-LOOPBACK", "management", "answers 200 without a token", True),
        ("RUN-PORT-LOOPBACK", "management", "asks for a token (401)", True),
        ("RUN-PORT-LOOPBACK", "management", "no answer", False),
        ("RUN-PORT-LOOPBACK", "inference", "answers 200 without a token", False),
        ("TS-CORS-TOKEN", "", "answers 200 without a token", True),
        ("TS-CORS-TOKEN", "", "answers 400 without a token", False),
        ("RUN-PUBLISHED", "management", "answers 200 without a token", False),
    ],
)
def test_what_was_measured_counts_before_what_the_settings_say(rule: str, api: str, answer: str, refuted: bool) -> None:
    opening = Opening("0.0.0.0", 8081, EVERYWHERE, "management", "management API")
    running = RunningServer("container", "web", "abc", ("docker", "run", "x"))
    head = Head(running, None, (opening,), (), {("127.0.0.1", 8081): answer})
    line = report_line(rule, api)._replace(message="It answers nobody.")
    (found,) = measured([line], head)
    assert (found.severity == "info" and answer in found.message) is refuted
    assert (found == line) is not refuted


def test_what_nobody_reaches_is_not_called_open() -> None:
    openings = (Opening("", 8081, NOBODY, "management", "management API"), Opening("0.0.0.0", 80, EVERYWHERE, "i", "i"))
    lines = [*Head(RunningServer("container", "web", "abc", ()), None, openings, (), {}).lines()]
    assert [line.split()[0] for line in lines] == ["inside", "open"]


def test_what_was_read_is_counted_as_what_it_is() -> None:
    running = RunningServer("container", "web", "abc", ("docker", "run", "x"))
    server = FileReport(Source("container:web", "x"), "docker-run", "torchserve", ())
    file = FileReport(Source("container:web:/config.properties", "x"), "config.properties", "torchserve", ())
    head = Head(running, None, (), (), {})
    text = [*as_text([(server, []), (file, [])], lambda words, _: words, 80, {"container:web": head})]
    assert text[-1] == "1 running server and 1 file read, nothing to say."
    assert [*as_text([(file, [])], lambda words, _: words, 80)][-1] == "1 file read, nothing to say."


@pytest.mark.parametrize(
    "image", ["pytorch/torchserve", "pytorch/torchserve:0.12.0-cpu", "mirror:5000/hub/pytorch/torchserve"]
)
def test_what_an_official_image_says_itself_is_no_part_of_the_line(image: str) -> None:
    own = {"Env": ["TEMP=/home/model-server/tmp"], "Entrypoint": ["/entrypoint.sh"], "Cmd": ["serve"]}
    client = SimpleNamespace(images=SimpleNamespace(get=lambda _: SimpleNamespace(attrs={"Config": own})))
    facts = {
        "Image": "sha256:1",
        "Config": {**own, "Image": image},
        "HostConfig": {},
        "NetworkSettings": {},
        "State": {"Pid": 0},
    }
    container = SimpleNamespace(attrs=facts, client=client, name="ts", short_id="1")
    client.containers = SimpleNamespace(list=lambda **_: [container])
    found = list(machine.containers(client, [each.names for each in registry.readings()]))
    assert [each.command for each in found] == [("docker", "run", "--name", "ts", image)]
