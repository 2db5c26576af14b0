"""What an accepted origin is: whose machine, whose site."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.cors.origin_traits import aliases, classify, registrable_domain, same_site, shared_suffix, suffixes


def test_loopback_has_three_names_that_are_three_origins() -> None:
    triple = ("http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000")
    for origin in triple:
        assert aliases(origin) == triple
    assert aliases("https://localhost") == ("https://localhost", "https://127.0.0.1", "https://[::1]")
    assert aliases("https://app.example") == ()
    assert aliases("http://127.0.0.2") == ()


@pytest.mark.parametrize(
    ("origin", "flags"),
    [
        ("http://localhost:3000", {"loopback", "http"}),
        ("http://a.localhost", {"loopback", "http"}),
        ("http://127.9.9.9", {"loopback", "http"}),
        ("http://[::1]", {"loopback", "http"}),
        ("http://[::ffff:7f00:1]", {"loopback", "http"}),
        ("https://192.168.1.5", {"private"}),
        ("https://169.254.1.1", {"private"}),
        ("https://[fd00::1]", {"private"}),
        ("http://printer.local", {"private", "http"}),
        ("https://app.example", set()),
        ("https://8.8.8.8", set()),
        (f"chrome-extension://{'a' * 32}", {"extension"}),
    ],
)
def test_flags(origin: str, flags: set[str]) -> None:
    traits = classify(origin)
    assert {name for name in ("loopback", "private", "http", "extension") if getattr(traits, name)} == flags


def test_shared_hosting_is_known_by_suffix_and_the_whole_suffix_is_told_apart() -> None:
    assert classify("https://me.github.io").shared_suffix == "github.io"
    assert not classify("https://me.github.io").whole_suffix
    assert classify("https://github.io").whole_suffix
    assert classify("https://codepen.io").whole_suffix
    assert shared_suffix("notgithub.io") == ""
    assert shared_suffix("github.io.example") == ""


def test_only_canonical_origins_are_classified() -> None:
    with pytest.raises(ValueError, match="not an origin"):
        classify("https://app.example/")


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("app.example.com", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("x.me.github.io", "me.github.io"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
    ],
)
def test_registrable_domain(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


def test_site_ignores_the_port_and_heeds_the_scheme() -> None:
    assert same_site("http://127.0.0.1:1", "http://127.0.0.1:2")
    assert same_site("https://a.example.com", "https://b.example.com")
    assert not same_site("http://a.example.com", "https://a.example.com")
    assert not same_site("http://localhost", "http://127.0.0.1")
    assert not same_site("https://a.github.io", "https://b.github.io")
    assert not same_site("null", "null")


def test_the_rules_of_one_ending_answer_as_the_whole_list_does() -> None:
    from publicsuffixlist import PSLFILE, PublicSuffixList

    whole = {only: PublicSuffixList(only_icann=only) for only in (False, True)}
    rules = [line for line in Path(PSLFILE).read_text("utf-8").splitlines() if line and not line.startswith("//")]
    foreign = [rule for rule in rules if "." in rule and not rule.rpartition(".")[2].isascii()]
    for rule in (*rules[::400], *foreign[::3], "example", "github.io", "!www.ck"):
        name = rule.lstrip("!*.").encode("idna").decode()
        for host in (name, f"a.{name}", f"c.b.a.{name}"):
            for only, full in whole.items():
                part = suffixes(host.rpartition(".")[2], only)
                assert part.publicsuffix(host) == full.publicsuffix(host), (host, only)
                assert part.privatesuffix(host) == full.privatesuffix(host), (host, only)
