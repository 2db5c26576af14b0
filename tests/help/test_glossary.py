from __future__ import annotations

import tomllib
from importlib.resources import files
from urllib.parse import urlsplit

from scripts import make_glossary
from tests.support.each import each
from wizard import registry
from wizard.help import glossary

HOSTS = {
    "developer.mozilla.org",
    "fetch.spec.whatwg.org",
    "docs.docker.com",
    "nginx.org",
    "github.com",
    "huggingface.co",
    "www.tensorflow.org",
    "man7.org",
    "www.rfc-editor.org",
    "letsencrypt.org",
    "grpc.io",
    "owasp.org",
    "cwe.mitre.org",
    "developer.chrome.com",
}


def test_the_words_that_the_wizard_uses_are_there() -> None:
    wanted = """
    origin, preflight, simple request, credentials, CORS, same-origin, listener, bind, publish, loopback,
    interface, 0.0.0.0, ::, reverse proxy, gateway, bearer token, TLS, self-signed certificate, Host header,
    DNS rebinding, CSRF, SSRF, model store, model archive, SavedModel, signature, version label, handler,
    gRPC, REST, management API, metrics, unix socket, container network, bind mount, ufw, mixed content, Local
    Network Access
    """
    missing = [
        word for word in (w.strip() for w in wanted.replace("\n", " ").split(",")) if glossary.term(word) is None
    ]
    assert missing == []


@each((term,) for term in glossary.terms().values())
def test_a_term_is_whole(term: glossary.Term) -> None:
    assert term.meaning.endswith(".")
    assert term.why.endswith(".")
    assert term.example
    assert term.meaning[0].isupper()
    assert [name for name in term.related if name not in glossary.terms()] == []
    if term.link:
        assert urlsplit(term.link).scheme == "https"
        assert urlsplit(term.link).hostname in HOSTS


def test_no_spelling_leads_to_two_terms() -> None:
    seen: dict[str, str] = {}
    for term in glossary.terms().values():
        for spelling in (term.name, *term.also):
            owner = seen.setdefault(spelling.casefold(), term.name)
            assert owner == term.name, spelling


def test_terms_are_found_in_any_case_and_spelling() -> None:
    assert glossary.term("PREFLIGHT  request") == glossary.terms()["preflight"]
    assert glossary.term("https") == glossary.terms()["TLS"]
    assert glossary.term("nonsense") is None


def test_mentions_point_at_the_words() -> None:
    text = "A preflight reaches the gateway; the other preflight does not. Model archives are no terms here."
    found = [(text[start:end], term.name) for start, end, term in glossary.mentions(text)]
    assert found == [("preflight", "preflight"), ("gateway", "gateway")]


def test_the_page_in_docs_is_what_the_glossary_makes() -> None:
    assert make_glossary.PAGE.read_text("utf-8") == make_glossary.rendered()


def test_general_words_name_no_server_and_lead_to_no_word_of_one() -> None:
    text = files("wizard.help").joinpath(glossary.FILE).read_text("utf-8")
    assert [title for name in registry.names() if (title := registry.adapter(name).title).lower() in text.lower()] == []
    words = tomllib.loads(text)
    assert [(word, name) for word, entry in words.items() for name in entry["related"] if name not in words] == []


def test_what_a_server_adds_stands_behind_the_general_words() -> None:
    why = glossary.terms()["metrics"].why
    assert "TorchServe has it on a separate port" in why
    assert "llama-server has it on its only port" in why
