"""Made-up exchanges in the format of cors_cases.json: every rule is near, few cases are plain."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

METHODS = [
    "GET",
    "GET",
    "POST",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "patch",
    "put",
    "HEAD",
    "OPTIONS",
    "PREDICT",
    "TRACE",
    "Get",
]
HEADERS = [
    ("Content-Type", "application/json"),
    ("Content-Type", "text/plain"),
    ("Content-Type", "TEXT/Plain; a=b"),
    ("Content-Type", "text/plain ; x"),
    ("Content-Type", 'multipart/form-data; boundary="x"'),
    ("Content-Type", " text/plain\t"),
    ("Content-Type", "text/plain, text/plain"),
    ("Content-Type", "text"),
    ("Content-Type", "text/"),
    ("Content-Type", "text/plain;" + "p" * 117),
    ("Content-Type", "text/plain;" + "p" * 118),
    ("Authorization", "Bearer t"),
    ("Accept", "*/*"),
    ("Accept", "a" * 128),
    ("Accept", "a" * 129),
    ("Accept", "a\tb"),
    ("Accept", "{}"),
    ("Accept", "é"),
    ("Accept-Language", "de; q=0.5, *"),
    ("Accept-Language", "de/at"),
    ("Content-Language", "en-GB"),
    ("Content-Language", "en'"),
    ("Range", "bytes=0-"),
    ("Range", "bytes=0-0"),
    ("Range", "bytes=9-8"),
    ("Range", "bytes= 0-"),
    ("Range", "Bytes=0-"),
    ("Range", "bytes=0-1,3-4"),
    ("X-A", "1"),
    ("x-b", "2"),
    ("X-HTTP-Method-Override", "PUT"),
    ("X-HTTP-Method-Override", "GET, track"),
    ("User-Agent", "me"),
    ("Cookie", "a=b"),
    ("DNT", "1"),
    ("Proxy-X", "1"),
    ("Sec-X", "1"),
    ("Cache-Control", "no-store"),
    ("If-None-Match", "x"),
    ("Upgrade-Insecure-Requests", "1"),
    ("Save-Data", "on"),
    ("DPR", "2.5"),
    ("Width", "2.5"),
    ("ECT", "4g"),
    ("*", "1"),
]
LIST_METHODS = [
    "PUT",
    "GET, POST, PUT, DELETE",
    "*",
    "*, PUT",
    "put",
    "PATCH",
    "patch, PREDICT",
    "GET POST",
    '"PUT"',
    "",
    ",,PUT ,",
    "PUT\t,DELETE",
    "POST;PUT",
    "OPTIONS, HEAD",
]
LIST_HEADERS = [
    "content-type",
    "*",
    "*, Authorization",
    "authorization, content-type, x-a, x-b",
    "X-A,X-B",
    "Content-Type: x",
    "x-a x-b",
    "",
    ", content-type,",
    "accept, range, content-language, accept-language, content-type, user-agent, x-http-method-override",
    "Authorization",
    "x-*",
    "cache-control,if-none-match,save-data,dpr,*",
]
STATUSES = [200, 200, 200, 204, 299, 300, 301, 304, 400, 401, 404, 405, 500, 503]


def make(seed: int, count: int, origins: Mapping[str, str]) -> list[dict[str, Any]]:
    """`count` cases for the given origins (see browser.Stage)."""
    rnd = random.Random(seed)
    return [_case(rnd, f"r{seed}-{number}", origins) for number in range(count)]


def _case(rnd: random.Random, case_id: str, origins: Mapping[str, str]) -> dict[str, Any]:
    page = "null" if rnd.random() < 0.15 else origins["P"]
    request: dict[str, Any] = {"method": rnd.choice(METHODS)}
    if rnd.random() < 0.6:
        pairs = rnd.sample(HEADERS, rnd.randint(1, 3))
        if rnd.random() < 0.9 or any(name.startswith("X-HTTP") for name, _ in pairs):
            pairs = list({name.lower(): (name, value) for name, value in pairs}.values())
        request["headers"] = [list(pair) for pair in pairs]
    if request["method"].upper() not in ("GET", "HEAD") and rnd.random() < 0.6:
        request["body"] = "{}"
        if rnd.random() < 0.3:
            request["body_blob"] = rnd.choice(["", "application/json", "text/plain", "image/png"])
    if rnd.random() < 0.35:
        request["credentials"] = rnd.choice(["include", "include", "omit", "same-origin"])
    chance = rnd.random()
    if chance < 0.1:
        request["mode"] = rnd.choice(["no-cors", "no-cors", "same-origin", "cors"])
    elif chance < 0.25 and request["method"] != "Get":
        request["kind"] = "xhr"
        request["upload_listener"] = rnd.random() < 0.4
    if rnd.random() < 0.1 and request.get("kind") != "xhr":
        request["redirect"] = rnd.choice(["error", "manual", "follow"])
    case: dict[str, Any] = {"id": case_id, "title": "", "origin": page, "request": request}
    first = rnd.choice("TTTSSP")
    request["url"] = f"{origins[first]}/c/{case_id}/0"
    include = request.get("credentials") == "include"
    if rnd.random() < 0.25:
        case["hops"] = _redirects(rnd, case_id, page, first, include, origins)
    else:
        case["preflight_response"] = _preflight(rnd, page, include, 0.7)
        case["response"] = _response(rnd, page, include, 0.7)
    return case


def _redirects(
    rnd: random.Random, case_id: str, page: str, first: str, include: bool, origins: Mapping[str, str]
) -> list[dict[str, Any]]:
    hops: list[dict[str, Any]] = []
    letter, tainted, moved = first, False, False
    count = rnd.randint(1, 3)
    for number in range(count + 1):
        origin = "null" if tainted else page
        hop: dict[str, Any] = {"url": f"{origins[letter]}/c/{case_id}/{number}"}
        hop["preflight"] = _preflight(rnd, origin, include, 0.9)
        hop["response"] = _response(rnd, origin, include, 0.9)
        if number < count:
            following = rnd.choice([letter, letter, *"TSUP"])
            target = f"{origins[following]}/c/{case_id}/{number + 1}"
            hop["response"]["status"] = rnd.choice([301, 302, 303, 307, 308])
            user = target.replace("://", "://u:p@")
            place = rnd.choices([target, user, "data:,x", "http://[", ""], [20, 1, 1, 1, 1])[0]
            if place:
                hop["response"]["headers"].append(["Location", place])
            moved = moved or origins[letter] != page
            tainted = tainted or (moved and origins[following] != origins[letter] and origins[letter] != page)
            letter = following
        hops.append(hop)
    return hops


def _origin_headers(rnd: random.Random, origin: str, include: bool, good: float) -> list[list[str]]:
    name = rnd.choice(["Access-Control-Allow-Origin"] * 9 + ["access-control-allow-origin"])
    right = origin if include or rnd.random() < 0.6 else "*"
    wrong = ["*", origin + "/", origin.upper(), origin + ",", "null", "http://x.example", "", "* ", f"{origin}, *"]
    headers = [[name, right]] if rnd.random() < good else [[name, rnd.choice(wrong)]]
    chance = rnd.random()
    if chance < 0.05:
        headers = []
    elif chance < 0.08:
        headers.append([name, rnd.choice(["*", origin])])
    if include and rnd.random() < 0.85:
        headers.append(["Access-Control-Allow-Credentials", rnd.choice(["true"] * 9 + ["True", "1", " true "])])
    return headers


def _preflight(rnd: random.Random, origin: str, include: bool, good: float) -> dict[str, Any]:
    headers = _origin_headers(rnd, origin, include, good)
    if rnd.random() < 0.75:
        headers.append(["Access-Control-Allow-Methods", rnd.choice(LIST_METHODS)])
    if rnd.random() < 0.15:
        headers.append(["Access-Control-Allow-Methods", rnd.choice(LIST_METHODS)])
    if rnd.random() < 0.8:
        headers.append(["Access-Control-Allow-Headers", rnd.choice(LIST_HEADERS)])
    status = 204 if rnd.random() < 0.8 else rnd.choice(STATUSES)
    return {"status": status, "headers": headers}


def _response(rnd: random.Random, origin: str, include: bool, good: float) -> dict[str, Any]:
    headers = _origin_headers(rnd, origin, include, good)
    headers += [["X-Model", "m"], ["Retry-After", "1"], ["Cache-Control", "no-store"]]
    if rnd.random() < 0.4:
        headers.append(
            [
                "Access-Control-Expose-Headers",
                rnd.choice(["*", "x-model", "X-Model, RETRY-AFTER", "x y", "", "*, x-model"]),
            ]
        )
    if rnd.random() < 0.1:
        headers.append(["Cross-Origin-Resource-Policy", rnd.choice(["same-origin", "cross-origin", "x"])])
    status = 200 if rnd.random() < 0.7 else rnd.choice(STATUSES)
    return {"status": status, "headers": headers, "body": "" if status in (204, 304) else "{}"}
