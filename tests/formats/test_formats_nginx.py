"""nginx configuration: values read back out of a running nginx, and our reader against `nginx -t`."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import hostile
from tests.support.examples import most
from tests.support.requires import needs_nginx
from tests.support.waiting import PATIENCE, until
from wizard.errors import WizardError
from wizard.formats import nginx as conf
from wizard.formats.source import SourceError, comment

Answers: TypeAlias = Callable[[str, Sequence[str]], list[str]]


class UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        until(self._connects, f"{self._path} to listen")

    def _connects(self) -> bool:
        try:
            self.sock.connect(str(self._path))
        except ConnectionRefusedError:  # bound, but not listening yet
            return False
        return True


MAIN = """\
daemon off; master_process off; pid nginx.pid; error_log stderr warn; {user}
events {{ worker_connections 64; }}
http {{
  access_log off; variables_hash_max_size 65536; map_hash_bucket_size 16384; keepalive_requests 100000;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  {outer}
  server {{ listen unix:{socket}; default_type text/plain; {inner} }}
}}
"""


def write_main(folder: Path, outer: str, inner: str) -> Path:
    file = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    file.write_text(MAIN.format(user=user, outer=outer, inner=inner, socket=folder / "s"), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def answers(nginx: str, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Start nginx with a piece for `http` and one response for each location; return the response bodies."""

    def run(outer: str, bodies: Sequence[str]) -> list[str]:
        folder = tmp_path_factory.mktemp("nginx")
        inner = "\n".join(f"location = /{n} {{ return 200 {body}; }}" for n, body in enumerate(bodies))
        file = write_main(folder, outer, inner)
        with subprocess.Popen([nginx, "-p", folder, "-c", file], stderr=subprocess.PIPE) as process:
            try:
                return fetch(process, folder / "s", len(bodies))
            finally:
                process.terminate()
                process.wait(20)

    return run


def fetch(process: subprocess.Popen[bytes], path: Path, count: int) -> list[str]:
    def ended() -> object:
        return process.stderr.read().decode(errors="replace") if process.poll() is not None and process.stderr else path

    until(path.exists, ended, while_true=lambda: process.poll() is None)
    connection = UnixConnection(path)
    bodies = []
    for number in range(count):
        connection.request("GET", f"/{number}")
        reply = connection.getresponse()
        assert reply.status == 200
        bodies.append(reply.read().decode())
    connection.close()
    return bodies


def quotable(value: str) -> bool:
    try:
        conf.quote(value)
    except WizardError as error:
        assert error.detail
        return False
    return True


SAYABLE = [value for value in hostile.VALUES.values() if quotable(value)]


@needs_nginx
def test_nginx_reads_every_hostile_value_back(answers: Answers) -> None:
    assert answers("", [conf.quote(value) for value in SAYABLE]) == SAYABLE
    assert len(SAYABLE) > 90


@needs_nginx
@settings(deadline=None, max_examples=most(15))
@given(st.lists(hostile.values().filter(quotable), min_size=1, max_size=60))
def test_nginx_reads_any_text_back(answers: Answers, values: list[str]) -> None:
    assert answers("", [conf.quote(value) for value in values]) == values


def check_map_keys(answers: Answers, values: Sequence[str]) -> None:
    """Each key must be found by its own text, and by no other."""
    maps = "\n".join(
        f"map {conf.quote(value)} $hit{n} {{ default miss; {conf.map_key(value)} hit; }}\n"
        f"map {conf.quote('x' + value)} $not{n} {{ default miss; {conf.map_key(value)} hit; }}"
        for n, value in enumerate(values)
    )
    bodies = [f'"$hit{n} $not{n}"' for n in range(len(values))]
    assert answers(maps, bodies) == ["hit miss"] * len(values)


@needs_nginx
def test_map_keys_match_every_hostile_value_literally(answers: Answers) -> None:
    check_map_keys(answers, [value for value in SAYABLE if len(value) < 1000])


@needs_nginx
@settings(deadline=None, max_examples=most(10))
@given(st.lists(hostile.values().filter(quotable).filter(lambda v: len(v) < 1000), min_size=1, max_size=30))
def test_map_keys_match_any_text_literally(answers: Answers, values: list[str]) -> None:
    check_map_keys(answers, values)


@needs_nginx
def test_a_dollar_is_literal_in_a_map_key(answers: Answers) -> None:
    """`geo` takes its values literally, which gives a variable that holds a dollar to compare with."""
    key = conf.map_key("a${b}")
    maps = f'geo $dollar {{ default "$"; }}\nmap "a${{dollar}}{{b}}" $hit {{ default miss; {key} hit; }}'
    assert answers(maps, ['"$hit"']) == ["hit"]


@needs_nginx
def test_templates_keep_variables(answers: Answers) -> None:
    assert answers("", [conf.template('"${request_method}" $uri;\\')]) == ['"GET" /0;\\']


@needs_nginx
def test_comments_hold_anything(answers: Answers) -> None:
    assert answers("\n" + "\n".join(map(comment, hostile.VALUES.values())) + "\n", ["ok"]) == ["ok"]


@needs_nginx
@pytest.mark.parametrize("unit", ["x", '"', "é"])
def test_the_longest_parameter(answers: Answers, unit: str) -> None:
    size = len(conf.template(unit).strip('"').encode()) if unit != '"' else 2
    longest = unit * (conf.MAX_PARAMETER_BYTES // size)
    assert answers("", [conf.quote(longest)]) == [longest]
    with pytest.raises(WizardError):
        conf.quote(longest + unit)


@pytest.mark.parametrize("value", ["a$b", "$", "${x}", "a\nb", "a\rb", "a\tb", "a\x00b", *hostile.UNENCODABLE])
def test_what_nginx_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(WizardError):
        conf.quote(value)


def test_what_is_written() -> None:
    assert conf.quote("https://app.example:8443") == "https://app.example:8443"
    assert conf.quote("") == '""'
    assert conf.quote('a "b" \\.c') == '"a \\"b\\" \\\\.c"'
    assert conf.map_key("~x") == '"\\\\~x"'
    assert conf.map_key("default") == '"\\\\default"'
    assert conf.block("server", [conf.block("location /", ["return 204;"])[0]]) == ["server {", "    location / {", "}"]


# Reading.

SOURCE = """\
# top

worker_processes 1;
http {
    # who may
    # read
    map $http_origin $o { default ""; "https://a.example" 'it''s'; }
    add_header X "a\\"b\\\\c" always; # why
    log_format j '{"a":"$b"}'
                 "${c}";
    if ($x = "}") { return 204; }
}
"""


def test_directives_and_places() -> None:
    text = SOURCE.replace("'it''s'", "it\\'s")
    workers, http = conf.read(text)
    assert workers.values == ("1",) and workers.block is None
    assert http.block is not None
    mapping, header, log, condition = http.block
    assert (mapping.line, mapping.column) == (7, 5)
    assert mapping.values == ("$http_origin", "$o")
    assert [each.values for each in mapping.block or ()] == [("",), ("it's",)]
    assert mapping.all("https://a.example")[0].column == 39
    assert header.values == ("X", 'a"b\\c', "always")
    assert log.values == ("j", '{"a":"$b"}', "${c}") and log.parameters[2].line == 10
    assert condition.values == ("($x", "=", "}", ")")
    assert text[mapping.start : mapping.end].startswith("map ") and text[mapping.end - 1] == "}"


@settings(max_examples=most(100))
@given(st.lists(st.lists(hostile.values().filter(quotable), min_size=1, max_size=4), max_size=6))
def test_our_reader_reads_any_text_back(directives: list[list[str]]) -> None:
    text = "".join(f"name {' '.join(map(conf.quote, values))};\n" for values in directives)
    assert [list(each.values) for each in conf.read(text)] == directives


def verdict(nginx: str, folder: Path, text: str) -> str:
    """What `nginx -t` says about the syntax of a file included into `http`; empty if it can be read.

    The file holds a `map`, in which any pair of words is allowed, so only the syntax can be wrong.
    """
    part = folder / "part.conf"
    part.write_text(text, encoding="utf-8")
    file = write_main(folder, f"include {part};", "")
    run = subprocess.run([nginx, "-t", "-p", folder, "-c", file], capture_output=True, timeout=60)
    return next((line for line in run.stderr.decode(errors="replace").splitlines() if "[emerg]" in line), "")


@needs_nginx
@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("map $a $b { a b", 1, 'unexpected end of file, expecting ";" or "}"'),
        ("map $a $b { a b;\n", 2, 'unexpected end of file, expecting "}"'),
        ("map $a $b { a b; }\n}\n", 2, 'unexpected "}"'),
        ("map $a $b { a b }\n", 1, 'unexpected "}"'),
        ("map $a $b { ; }\n", 1, 'unexpected ";"'),
        ("\n{ }\n", 2, 'unexpected "{"'),
        ('map $a $b { "a"b c; }\n', 1, 'unexpected "b"'),
    ],
)
def test_mistakes_in_nginx_own_words(nginx: str, tmp_path: Path, text: str, line: int, complaint: str) -> None:
    assert f"{complaint} in {tmp_path}/part.conf:{line}" in verdict(nginx, tmp_path, text)
    with pytest.raises(SourceError) as caught:
        conf.read(text)
    assert caught.value.title == complaint and caught.value.line == line


@needs_nginx
@settings(deadline=None, max_examples=most(150))
@given(st.lists(st.sampled_from(["a", '"', "'", "\\", " ", "\n", ";", "{", "}", "#", ")", "$x", "${x}", "}", "b c;"])))
def test_reading_agrees_with_nginx(nginx: str, tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    folder = tmp_path_factory.getbasetemp() / "agree"
    folder.mkdir(exist_ok=True)
    text = f"map $uri $never {{ k{''.join(parts)}; }}\n"
    complaint = verdict(nginx, folder, text)
    try:
        directives = conf.read(text)
    except SourceError as error:
        assert complaint, error
        return
    if not any(each.block is not None for outer in directives for each in outer.block or ()):
        # Inside a map no block may be; nginx says so in the words it has for a fault of syntax.
        assert " unexpected " not in complaint and "too long parameter" not in complaint


def test_deep_nesting_and_long_words_are_refused_not_a_crash() -> None:
    with pytest.raises(SourceError):
        conf.read("a {" * 50_000)
    with pytest.raises(SourceError):
        conf.read(f"a {'x' * 5000};")


@settings(max_examples=most(300))
@given(st.text(alphabet="ab \\'\"${};#\n\r\t)é", max_size=40))
def test_reading_never_crashes(text: str) -> None:
    try:
        directives = conf.read(text)
    except SourceError as error:
        assert 1 <= error.line <= text.count("\n") + 1
        return
    for each in directives:
        assert text[each.start : each.end]


def test_an_exact_expression_matches_its_text_alone_letter_case_included(answers: Answers) -> None:
    kept = [text for text in hostile.VALUES.values() if text and text.isascii() and "$" not in text and _writable(text)]
    lines = "".join(f"{conf.exactly(text)} {number};" for number, text in enumerate(kept))
    outer = f"map $uri $unused {{ default 0; {lines} }}"
    assert answers(outer, ["ok"]) == ["ok"]
    for text in kept:
        (parameter,) = conf.read(f"x {conf.exactly(text)};")[0].values
        pattern = parameter.removeprefix("~")
        assert re.fullmatch(pattern, text), text
        assert not re.fullmatch(pattern, text + "x")
        if text.swapcase() != text:
            assert not re.fullmatch(pattern, text.swapcase()), text


def _writable(text: str) -> bool:
    try:
        conf.exactly(text)
    except WizardError:
        return False
    return True
