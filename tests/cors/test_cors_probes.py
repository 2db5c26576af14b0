"""Probe requests: all families, filled in, the same for the same seed."""

from __future__ import annotations

import json
from pathlib import Path

from wizard.cors.origin_probes import OriginProbe, origin_probes
from wizard.cors.origins import canonical_origin

LIST = json.loads((Path(__file__).parents[1] / "data" / "cors_probes.json").read_text("utf-8"))["probes"]
APP, DEV = "https://app.example.com", "http://localhost:3000"


def by_id(*allowed: str, seed: int = 1) -> dict[str, OriginProbe]:
    return {probe.id: probe for probe in origin_probes(allowed, seed=seed)}


def test_every_known_family_is_there() -> None:
    families = {probe.family for probe in origin_probes([APP], seed=1)}
    assert {entry["id"] for entry in LIST} <= families
    assert families - {entry["id"] for entry in LIST} == {"baseline-preflight"}


def test_ids_are_unique_and_templates_are_filled_in() -> None:
    probes = origin_probes([APP, DEV, "https://[2001:db8::1]:8443"], seed=1)
    assert len({probe.id for probe in probes}) == len(probes)
    for probe in probes:
        assert not any("{" in origin for origin in probe.origins if probe.family != "braces")
        assert (
            bool(probe.skipped)
            or bool(probe.origins)
            or probe.family in ("no-origin", "no-origin-cross-site", "rebind")
        )
        assert "\r" not in "".join(probe.origins)


def test_look_alikes_of_an_https_origin() -> None:
    found = by_id(APP)
    assert found["prefix"].origins[0].startswith("https://app.example.com.p")
    assert found["suffix"].origins[0].endswith("app.example.com")
    assert found["include"].origins == ("https://example.com",)
    assert found["unescaped-dot"].origins == ("https://appxexample.com",)
    assert found["http-downgrade"].origins == ("http://app.example.com",)
    assert found["other-port"].origins == ("https://app.example.com:8443",)
    assert found["default-port"].origins == ("https://app.example.com:443",)
    assert found["trailing-slash"].origins == ("https://app.example.com/",)
    assert found["upper-case"].origins == ("HTTPS://APP.EXAMPLE.COM",)
    assert len(found["two-origins"].origins) == 2
    assert found["https-upgrade"].skipped == "the origin is not http"
    assert found["no-port"].skipped == "the origin has no port"


def test_what_does_not_apply_says_why() -> None:
    found = by_id("http://192.168.1.5:8080")
    assert found["subdomain"].skipped == "the host is no name"
    assert found["include"].skipped == "the host is no sub-domain"
    assert found["default-port"].skipped == "the origin has a port"
    assert found["no-port"].origins == ("http://192.168.1.5",)


def test_a_look_alike_that_is_listed_is_not_a_probe() -> None:
    found = by_id(DEV, "http://localhost:3001")
    assert found["other-port-1"].skipped == "http://localhost:3001 is on the list"
    assert found["other-port-2"].skipped == ""


def test_without_a_list_the_general_probes_remain() -> None:
    for allowed in ((), ("*",)):
        found = by_id(*allowed)
        assert found["baseline-allowed"].skipped == "no single origin is allowed"
        assert not found["reflect"].skipped
        assert found["null"].origins == ("null",)


def test_the_same_seed_gives_the_same_probes_and_another_gives_fresh_labels() -> None:
    assert origin_probes([APP], seed=3) == origin_probes([APP], seed=3)
    assert by_id(APP, seed=3)["reflect"].origins != by_id(APP, seed=4)["reflect"].origins


def test_requests_have_the_shape_their_purpose_needs() -> None:
    found = by_id(APP)
    assert dict(found["preflight-auth"].headers)["Access-Control-Request-Method"] == "POST"
    assert found["preflight-auth"].path == "no-token"
    assert dict(found["acah-star-auth"].headers)["Access-Control-Request-Headers"] == "authorization"
    assert found["simple-post"].method == "POST"
    assert dict(found["driveby-null"].headers)["Sec-Fetch-Mode"] == "navigate"
    assert found["no-origin-cross-site"].origins == ()
    assert found["rebind"].host.endswith(".example")
    assert {found[f"error-path-{n}"].path for n in (1, 2, 3)} == {"missing", "too-big", "no-token"}


def test_what_real_pages_can_have_is_an_origin_and_what_nobody_sends_is_none() -> None:
    for probe in origin_probes([APP, "https://app.example.com:8443"], seed=2):
        if probe.skipped or not probe.origins or probe.family == "custom-app":
            continue
        verdict = canonical_origin(probe.origins[0])
        if probe.sent_by == "page":
            assert verdict.value == probe.origins[0], probe.id
        elif probe.sent_by == "nobody" and len(probe.origins) == 1:
            assert verdict.value != probe.origins[0], probe.id
