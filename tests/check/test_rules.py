"""Every rule has an example that it speaks about and the same one mended, kept as files under rules/."""

from __future__ import annotations

import string
import subprocess
import sys
from pathlib import Path

from tests.support.checking import check
from tests.support.each import each
from wizard.check import findings
from wizard.check.findings import every_rule, words
from wizard.machine import checkfiles, promised
from wizard.observed.remark import Rule

EXAMPLES = Path(__file__).parent / "rules"
ROOT = Path(__file__).parents[2]
RULES = every_rule()


def given(folder: Path, path: str) -> dict[str, str] | None:
    """What answers would have written into an example; kept beside it, so that it does not change with the product."""
    there = folder.parent / "given"
    if path != str(folder):
        return None
    if not there.is_dir():
        return promised.expected(path)
    return {file.name: file.read_text() for file in there.iterdir()}


def ids(folder: Path) -> set[str]:
    reports = check(checkfiles.named([str(folder)]), checkfiles.load, lambda path: given(folder, path))
    assert reports and any(report.kind for report in reports)
    return {line.id for report in reports for line in words(report)}


@each((rule,) for rule in RULES)
def test_the_failing_example_is_found_and_the_mended_one_is_not(rule: str) -> None:
    assert rule in ids(EXAMPLES / rule / "failing")
    assert rule not in ids(EXAMPLES / rule / "fixed")


@each((rule,) for rule in RULES)
def test_a_rule_that_is_read_alone_is_the_same(rule: str) -> None:
    assert findings.rule(rule) == RULES[rule]


def test_there_are_no_examples_of_rules_that_are_gone() -> None:
    assert {folder.name for folder in EXAMPLES.iterdir()} == set(RULES)


@each((rule,) for rule in RULES.values())
def test_words_of_a_rule(rule: Rule) -> None:
    assert rule.says and rule.instead and rule.evidence
    assert rule.effect in ("fails", "ignored", "differs", "exposes", "style")
    for sentence in (rule.says, rule.why, rule.instead):
        assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(sentence))
        assert not set(sentence) & set("\n\t")


def test_the_pages_are_what_the_script_writes() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_rules.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
