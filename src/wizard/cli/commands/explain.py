"""`explain`: what a setting, finding, rule, word or pasted message means; with --log, the messages in a log."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from typing import Any

from wizard import console
from wizard.check import belonging, effective
from wizard.check.analysis import Analysis
from wizard.cli import commands, draw
from wizard.cli.completing.table import table
from wizard.errors import ExitCode, WizardError
from wizard.help import topics
from wizard.help.firstaid import MOST_CHARACTERS, Aid, diagnose
from wizard.help.lines import WIDTH, aid_lines, topic_lines
from wizard.help.values import Topic, topic_id
from wizard.machine import checkfiles
from wizard.machine.texts import ANSWERS_LIMIT, expanded, read_ends, read_text
from wizard.observed.source import PIPED, Source
from wizard.plan import Plan, answers

_PATHS = ("/", "./", "../", "~")
"""How a path begins that cannot be the name of a topic."""


def run(options: argparse.Namespace) -> int:
    """Explain a topic or a log; without either, list what can be explained."""
    if options.log:
        return _log(options)
    if not options.topic:
        _kinds(options.format)
        return ExitCode.OK
    asked = " ".join(options.topic)
    # A pasted message is no path, and may be too long for one.
    if len(options.topic) == 1 and (asked == "-" or os.path.isfile(asked)):  # noqa: PTH113
        return _file(asked, options)
    found = topics.lookup(asked)
    if not found and os.path.isdir(asked):  # noqa: PTH112
        return _file(asked, options)
    aids = () if found else diagnose(asked, _plan(options.answers))
    if aids:
        return _tell(aids, options.format, "\n" in asked)
    if not found and " " in asked and _in_force([Source(PIPED, asked)], options.format):
        return ExitCode.OK
    found = found or _searched(asked)
    if options.format == "json":
        console.out_json({"topics": [asdict(topic) for topic in found]})
        return ExitCode.OK
    for number, topic in enumerate(found):
        if number:
            console.out()
        for line in topic_lines(topic, draw.width(WIDTH)):
            console.out(line)
    return ExitCode.OK


def _file(path: str, options: argparse.Namespace) -> int:
    """The settings in force in a file or folder, or the meaning of the messages in it; "-" is standard input.

    Raises WizardError if it is neither a server's nor a log.
    """
    sources = list(checkfiles.named([path]))
    if _in_force(sources, options.format):
        return ExitCode.OK
    aids = diagnose(sources[0].text[-MOST_CHARACTERS:], _plan(options.answers)) if len(sources) == 1 else ()
    if not aids:
        name = "standard input" if path == PIPED else path
        raise WizardError(
            f"Nothing in {name} belongs to a server this program knows, nor is it a message that it knows.",
            hint="A log goes after --log; serving-wizard check says which files it reads.",
        )
    return _tell(aids, options.format, True)


def _in_force(sources: list[Source], form: str) -> bool:
    """Print the settings in force of servers that are started or configured there; False if there are none."""
    analysis = Analysis(checkfiles.load, folder=checkfiles.names_in)
    for source in sources:
        analysis.add(source)
    analysis.reports()
    analysis = belonging.with_compose(analysis)
    if analysis.observed and form == "json":
        console.out_json(effective.as_json(analysis.observed))
    elif analysis.observed:
        for line in effective.as_text(analysis.observed):
            draw.say(line, 6)
    return bool(analysis.observed)


def _searched(asked: str) -> tuple[Topic, ...]:
    """Topics that mention the words, if nothing has that name. Raises WizardError if no topic does."""
    own = _own_option(asked)
    if own:
        return own
    part_of = topics.quoted(asked) if " " in asked else ()
    if part_of:
        console.talk(f"{asked!r} alone says little; it occurs in these messages:")
        return part_of
    path = asked.startswith(_PATHS) and " " not in asked
    near = () if path else topics.suggest(asked)
    found = () if near and " " not in asked else topics.search(asked, 5)
    if found:
        console.talk(f"Nothing is called {asked!r}; these mention it:")
        return found
    if path:
        raise WizardError(
            f"There is no file {asked[:200]}, and nothing to explain has that name.", hint="Check the spelling."
        )
    if " " in asked and not near:
        raise WizardError(
            f"Nothing is known about {asked[:200]!r}",
            hint="Paste the line that says error, or give the whole log: serving-wizard explain --log FILE",
        )
    return (topics.explain(asked),)


def _own_option(asked: str) -> tuple[Topic, ...]:
    """An option of this program, as its commands declare it; () for any other word."""
    if not asked.startswith("-"):
        return ()
    name = asked.partition("=")[0].partition(" ")[0]
    found = [(entry.name, each.text) for entry in table() for each in entry.options if name in each.names and each.text]
    texts: dict[str, list[str]] = {}
    for command, text in found:
        texts.setdefault(text, []).append(command)
    meaning = "\n".join(f"{text[0].upper()}{text[1:]} ({', '.join(commands)})." for text, commands in texts.items())
    example = f"serving-wizard {found[0][0]} --help" if found else ""
    title = f"{name} (option of serving-wizard)"
    return (Topic(topic_id("option", name), name, title, "option", meaning, example=example),) if found else ()


def _kinds(form: str) -> None:
    counted = topics.counts()
    if form == "json":
        console.out_json({"kinds": dict(counted), "topics": len(topics.catalogue())})
        return
    width = max(map(len, counted))
    for kind, number in counted.items():
        example = next(topic.name for topic in topics.catalogue().values() if topic.kind == kind)
        # Some names begin with their kind, because they are common words.
        console.out(f"{kind:<{width}}  {number:>4}  such as {example.removeprefix(f'{kind} ')}")
    console.out()
    draw.say("serving-wizard explain TOPIC explains one; an error message goes in quotes, a log after --log.")


def _log(options: argparse.Namespace) -> int:
    text = _read(options.log)
    return _tell(diagnose(text, _plan(options.answers)), options.format, True)


def _tell(aids: tuple[Aid, ...], form: str, numbered: bool) -> int:
    if form == "json":
        console.out_json({"aids": [aid_json(aid) for aid in aids]})
        return ExitCode.OK
    if not aids:
        console.out("No known error message is in this text.")
        console.talk("  The line with the first error, and the lines around it, are what is needed.")
    for number, aid in enumerate(aids):
        if number:
            console.out()
        for line in aid_lines(aid, numbered, draw.width(WIDTH)):
            console.out(line)
    return ExitCode.OK


def aid_json(aid: Aid) -> dict[str, Any]:
    """An aid in the documented shape; `patch` is a table of answers, `set` the same as arguments of --set."""
    return {**asdict(aid), "patch": dict(aid.patch), "set": list(aid.sets)}


def _plan(answers_file: str | None) -> Plan | None:
    if not answers_file:
        return None
    path = commands.source.find_file(expanded(answers_file))
    return answers.load(read_text(str(path), ANSWERS_LIMIT), str(path))


def _read(argument: str) -> str:
    """The text of a file or of stdin, up to the limit; bytes that are not text become a mark."""
    return read_ends(argument, 4 * MOST_CHARACTERS).decode("utf-8", errors="replace")
