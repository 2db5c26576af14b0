"""Typed origins: what the browser makes of them, and which may stand in an allowlist."""

from __future__ import annotations

import json
from itertools import count, islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.each import each
from wizard.cors.origins import canonical_origin, read_origin_lines

DATA = Path(__file__).parents[1] / "data"
RECORDED = json.loads((DATA / "origin_cases.json").read_text("utf-8"))["cases"]
MEASURED = json.loads((DATA / "chromium_origins.json").read_text("utf-8"))["cases"]
# A small percent sign that only turns into an escape inside Chromium's second pass.
NOT_MODELLED = {"https://a\ufe6a41"}


@each((case,) for case in RECORDED)
def test_origin_is_what_chromium_computed_in_the_recorded_cases(case: dict[str, str]) -> None:
    assert canonical_origin(case["input"]).origin == case.get("origin")


def test_origin_is_what_chromium_computed_for_four_hundred_odd_inputs() -> None:
    assert len(MEASURED) > 400
    differing = {
        text: (origin, canonical_origin(text).origin)
        for text, origin in MEASURED
        if canonical_origin(text).origin != origin and text not in NOT_MODELLED
    }
    assert differing == {}


@each(
    [
        ("http://localhost:3000", "http://localhost:3000", ""),
        ("https://app.example.com", "https://app.example.com", ""),
        ("https://localhost:80", "https://localhost:80", ""),
        ("http://localhost.", "http://localhost.", ""),
        ("http://[::1]:3000", "http://[::1]:3000", ""),
        ("https://exa_mple.com", "https://exa_mple.com", ""),
        ("https://-example.com", "https://-example.com", ""),
        ("http://localhost:3000/", "http://localhost:3000", "trailing-slash"),
        ("https://app.example.com/..", "https://app.example.com", "trailing-slash"),
        ("HTTP://LOCALHOST:3000", "http://localhost:3000", "capitals"),
        ("https://XN--BCHER-KVA.example", "https://xn--bcher-kva.example", "capitals"),
        ("http://localhost:080", "http://localhost", "default-port"),
        ("https://app.example:443", "https://app.example", "default-port"),
        ("http://localhost:03000", "http://localhost:3000", "port-form"),
        ("http://localhost:", "http://localhost", "port-form"),
        ("https://BÜCHER.example", "https://xn--bcher-kva.example", "idn"),
        ("https://example\u3002com", "https://example.com", "idn"),
        ("http://127.1:3000", "http://127.0.0.1:3000", "ip-form"),
        ("http://2130706433", "http://127.0.0.1", "ip-form"),
        ("http://0177.0.0.1", "http://127.0.0.1", "ip-form"),
        ("https://1.2.3", "https://1.2.0.3", "ip-form"),
        ("http://[0:0:0:0:0:0:0:1]:3000", "http://[::1]:3000", "ip-form"),
        (" https://example.com ", "https://example.com", "blanks"),
        ("https://example.com\t", "https://example.com", "blanks"),
        ("https://%65xample.com", "https://example.com", "percent"),
        ("https:example.com", "https://example.com", "spelling"),
        (f"chrome-extension://{'abcdefghijklmnop' * 2}", f"chrome-extension://{'abcdefghijklmnop' * 2}", ""),
    ],
)
def test_accepted_in_the_browsers_spelling_and_the_change_is_said(text: str, value: str, code: str) -> None:
    verdict = canonical_origin(text)
    assert (verdict.accepted, verdict.value, verdict.code) == (True, value, code)
    if code:
        assert verdict.problem is not None
        assert value in verdict.problem
    else:
        assert verdict.problem is None


@each(
    [
        ("", "empty", None),
        ("*", "wildcard", None),
        ("null", "null", None),
        ("NULL", "null", None),
        ("https://*.example.com", "wildcard-host", None),
        ("*.example.com", "wildcard-host", None),
        ("https://%2a.example.com", "wildcard-host", None),
        ("https://a＊.example", "wildcard-host", None),
        ("http://localhost:*", "wildcard-port", None),
        ("https://user:pw@app.example.com", "userinfo", "https://app.example.com"),
        ("https://@app.example.com", "userinfo", "https://app.example.com"),
        ("https://app.example.com:8443/path?q#f", "path", "https://app.example.com:8443"),
        ("https://app.example.com?", "query", "https://app.example.com"),
        ("https://app.example.com#x", "fragment", "https://app.example.com"),
        ("https://example.com\\evil", "backslash", "https://example.com"),
        ("localhost:3000", "no-scheme", "http://localhost:3000"),
        ("127.0.0.1:3000/x", "no-scheme", "http://127.0.0.1:3000"),
        ("[::1]:3000", "no-scheme", "http://[::1]:3000"),
        ("::1", "no-scheme", "http://[::1]"),
        ("192.168.1.5:8080", "no-scheme", "http://192.168.1.5:8080"),
        ("example.com", "no-scheme", "https://example.com"),
        ("//example.com", "no-scheme", "https://example.com"),
        ("example.com:8443/x", "no-scheme", "https://example.com:8443"),
        ("htp://a.example", "no-scheme", "http://a.example"),
        ("https//a.example", "no-scheme", "https://a.example"),
        ("ws://example.com", "websocket", "http://example.com"),
        ("wss://example.com:443", "websocket", "https://example.com"),
        ("ftp://example.com", "scheme", None),
        ("file:///index.html", "file", None),
        ("data:text/html,x", "opaque", None),
        ("blob:null/uuid", "blob", None),
        ("blob:https://a.example/uuid", "blob", "https://a.example"),
        ("app://obsidian.md", "app-scheme", None),
        ("capacitor://localhost", "app-scheme", None),
        ("chrome://settings", "browser-page", None),
        ("chrome-extension://abcdefghijklmnop", "extension-id", None),
        (
            f"chrome-extension://{'a' * 32}/popup.html",
            "path",
            f"chrome-extension://{'a' * 32}",
        ),
        ("http://0.0.0.0:3000", "unspecified", "http://localhost:3000"),
        ("http://0", "unspecified", "http://localhost"),
        ("http://[::]:3000", "unspecified", "http://localhost:3000"),
        ("https://example..com", "host", "https://example.com"),
        ("https://ex ample.com", "host", None),
        ("https://a!b.example", "host", None),
        ("http://[::1%25eth0]/", "host", None),
        (f"https://{'a' * 64}.example", "host", None),
        ("https://example.com:65536", "port", None),
        ("https://example.com:3000abc", "port", None),
        ("https://1.2.3.4.5", "not-a-url", None),
        ('"https://a.example"', "quotes", "https://a.example"),
        ("https://a.example,", "list", "https://a.example"),
    ],
)
def test_refused_with_the_reason_and_the_fix(text: str, code: str, fix: str | None) -> None:
    verdict = canonical_origin(text)
    assert (verdict.accepted, verdict.value, verdict.code, verdict.fix) == (False, None, code, fix)
    assert verdict.problem
    assert verdict.problem.endswith(".")
    if fix:
        assert canonical_origin(fix).value == fix


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com,https://b.com",
        "https://example.com https://b.com",
        "https://example.com, b.com",
        "https://example.com;https://b.com/",
    ],
)
def test_a_list_is_refused_and_taken_apart(text: str) -> None:
    verdict = canonical_origin(text)
    assert (verdict.accepted, verdict.code) == (False, "list")
    assert verdict.parts == ("https://example.com", "https://b.com")


def test_lines_are_read_one_by_one_from_an_endless_stream() -> None:
    lines = (f"https://user{number}.example/\r\n" for number in count())
    found = list(islice(read_origin_lines(lines), 3))
    assert [entry["input"] for entry in found] == [f"https://user{number}.example/" for number in range(3)]
    assert list(found[0]) == ["input", "origin", "accepted", "problem"]
    assert found[0]["origin"] == "https://user0.example"
    assert found[0]["accepted"] is True


def test_a_refused_line_says_what_to_write() -> None:
    (found,) = read_origin_lines(["localhost:3000\n"])
    assert found["problem"] == (
        "The scheme is missing: an origin begins with http:// or https://. Write http://localhost:3000"
    )


@pytest.mark.parametrize(
    "text",
    ["\ud800", "https://\ud800.example", "a" * 10_000, "https://" + "é" * 10_000, "::" * 500, "[" * 99, '"' * 9],
)
def test_hostile_text_is_judged_like_any_other(text: str) -> None:
    verdict = canonical_origin(text)
    assert not verdict.accepted
    assert verdict.problem


SOME = "http https : // / a.example localhost 127.1 * , @ u:p ? # \\ [::1] 0 :80 :443 :3000 %2e %2A ü ＊ . .. null data"
PIECES = st.sampled_from([*SOME.split(" "), " ", "chrome-extension"])
TYPED = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=7).map("".join))


@given(TYPED)
def test_a_stored_value_is_its_own_spelling_and_no_two_values_stand_in_one(text: str) -> None:
    verdict = canonical_origin(text)
    assert verdict.accepted == (verdict.value is not None)
    if verdict.value is not None:
        again = canonical_origin(verdict.value)
        assert (again.value, again.problem) == (verdict.value, None)
        assert verdict.value == verdict.origin
        assert not set(verdict.value) & set(' ,*%@?#\\"\r\n\t')
    else:
        assert verdict.problem
        assert verdict.code


@given(TYPED)
def test_a_suggestion_is_accepted_as_it_stands(text: str) -> None:
    verdict = canonical_origin(text)
    for suggestion in [*([verdict.fix] if verdict.fix else []), *verdict.parts]:
        assert canonical_origin(suggestion).value == suggestion
