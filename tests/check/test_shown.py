"""Each rule is shown by a test with the real server, engine, shell or gateway, or is marked with why none can."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from wizard.check.findings import every_rule
from wizard.servers.llama_server.reading.rules.flags import STOPPING

TESTS = Path(__file__).parents[1]
LIVE = (
    "check/test_rules_at_docker.py",
    "check/test_rules_at_supervisor.py",
    "check/test_rules_at_systemd.py",
    "check/test_rules_in_containers.py",
    "gateway/test_gateway_rules.py",
    "servers/llama_server/test_ls_rules.py",
    "servers/llama_server/test_ls_rules_starts.py",
    "servers/torchserve/test_ts_rules.py",
    "servers/torchserve/test_ts_rules_old.py",
    "servers/torchserve/test_ts_variables.py",
)
"""Modules whose tests run the real thing; a test names the rules that it shows, in its table or its first words."""
_RULE = re.compile(r"\b(?:CHECK|GATEWAY|LS|RUN|TFS|TS)-[A-Z0-9-]*[A-Z0-9]")


def named(path: Path) -> set[str]:
    """The rules named in a module's texts, those of its first words apart."""
    module = ast.parse(path.read_text("utf-8"))
    texts = (node.value for node in ast.walk(module) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    about = ast.get_docstring(module, clean=False)
    return {rule for text in texts if text != about for rule in _RULE.findall(text)}


SHOWN = {rule for each in LIVE for rule in named(TESTS / each)} | STOPPING
MARKED = {rule.id for rule in every_rule().values() if rule.unshown}


def test_each_rule_is_shown_or_it_is_said_why_not() -> None:
    assert sorted(every_rule().keys() - SHOWN - MARKED) == []


def test_no_rule_is_marked_that_is_shown() -> None:
    assert sorted(MARKED & SHOWN - {"LS-FLAG-LATER"}) == []


def test_every_rule_that_is_named_there_is_one() -> None:
    assert sorted(SHOWN - every_rule().keys()) == []


def test_modules_that_show_rules_need_the_real_thing() -> None:
    for each in LIVE:
        assert re.search(r"(?m)^pytestmark = |^@needs_", (TESTS / each).read_text("utf-8")), each
