"""`explain`: what a setting, finding, rule, word or pasted message means; with --log, the messages in a log."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from typing import Any

from wizard import console
from wizard.errors import ExitCode, WizardError
from wizard.help import topics
from wizard.help.firstaid import MOST_CHARACTERS, Aid, diagnose
from wizard.help.lines import aid_lines, topic_lines
from wizard.help.topics import Topic
from wizard.plan import Plan


def run(options: argparse.Namespace) -> int:
    """Explain a topic or a log; without either, say what can be explained."""
    if options.log:
        return _log(options)
    if not options.topic:
        _kinds(options.format)
        return int(ExitCode.OK)
    asked = " ".join(options.topic)
    if len(options.topic) == 1 and os.path.isfile(asked):  # noqa: PTH113 - a pasted message is no path, and may be long
        return _file(asked, options.format)
    found = topics.lookup(asked)
    aids = () if found else diagnose(asked, _plan(options.answers))
    if aids:
        return _tell(aids, options.format, "\n" in asked)
    found = found or _searched(asked)
    if options.format == "json":
        console.out_json({"topics": [asdict(topic) for topic in found]})
        return int(ExitCode.OK)
    for number, topic in enumerate(found):
        if number:
            console.out()
        for line in topic_lines(topic):
            console.out(line)
    return int(ExitCode.OK)


def _file(path: str, form: str) -> int:
    """What is in force of a file. Raises WizardError where it belongs to no server known here."""
    from wizard.check import effective
    from wizard.check.analysis import Analysis
    from wizard.machine import checkfiles

    analysis = Analysis(checkfiles.load)
    for source in checkfiles.named([path]):
        analysis.add(source)
    analysis.reports()
    if not analysis.observed:
        raise WizardError(
            f"Nothing in {path} belongs to a server this program knows.", hint="See: serving-wizard check"
        )
    if form == "json":
        console.out_json(effective.as_json(analysis.observed))
    else:
        for line in effective.as_text(analysis.observed):
            console.out(line)
    return int(ExitCode.OK)


def _searched(asked: str) -> tuple[Topic, ...]:
    """What the words occur in, where nothing has that name. Raises WizardError when nothing has either."""
    near = topics.suggest(asked)
    found = () if near and " " not in asked else topics.search(asked, 5)
    if found:
        console.talk(f"Nothing is called {asked!r}; these mention it:")
        return found
    if " " in asked and not near:
        raise WizardError(
            f"Nothing is known about {asked[:200]!r}",
            hint="Paste the line that says error, or give the whole log: serving-wizard explain --log FILE",
        )
    return (topics.explain(asked),)


def _kinds(form: str) -> None:
    counted = topics.counts()
    if form == "json":
        console.out_json({"kinds": dict(counted), "topics": len(topics.catalogue())})
        return
    width = max(map(len, counted))
    for kind, number in counted.items():
        example = next(topic.name for topic in topics.catalogue().values() if topic.kind == kind)
        console.out(f"{kind:<{width}}  {number:>4}  such as {example}")
    console.out()
    console.out("serving-wizard explain TOPIC explains one; an error message goes in quotes, a log after --log.")


def _log(options: argparse.Namespace) -> int:
    text = _read(options.log)
    return _tell(diagnose(text, _plan(options.answers)), options.format, True)


def _tell(aids: tuple[Aid, ...], form: str, numbered: bool) -> int:
    if form == "json":
        console.out_json({"aids": [aid_json(aid) for aid in aids]})
        return int(ExitCode.OK)
    if not aids:
        console.out("No known error message is in this text.")
        console.talk("  The line with the first error, and the lines around it, are what is needed.")
    for number, aid in enumerate(aids):
        if number:
            console.out()
        for line in aid_lines(aid, numbered):
            console.out(line)
    return int(ExitCode.OK)


def aid_json(aid: Aid) -> dict[str, Any]:
    """An aid in the documented shape; the patch is a table of answers, `set` the same as arguments of --set."""
    return {**asdict(aid), "patch": dict(aid.patch), "set": list(aid.sets)}


def _plan(answers_file: str | None) -> Plan | None:
    if not answers_file:
        return None
    from wizard.cli.commands.source import find_file
    from wizard.machine.texts import ANSWERS_LIMIT, expanded, read_text
    from wizard.plan import answers

    path = find_file(expanded(answers_file))
    return answers.load(read_text(str(path), ANSWERS_LIMIT), str(path))


def _read(argument: str) -> str:
    """The text of a file or of stdin, as far as it is looked at; bytes that are no text become a mark."""
    from wizard.machine.texts import read_ends

    return read_ends(argument, 4 * MOST_CHARACTERS).decode("utf-8", errors="replace")
