"""`?` at a prompt: the question, an option by its number, or any word. `!`: first aid for a pasted error message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.formats.decimals import counted
from wizard.help.firstaid import diagnose
from wizard.help.lines import aid_lines, topic_lines
from wizard.help.topics import lookup, suggest
from wizard.session.steps.layers import how, in_words

if TYPE_CHECKING:
    from wizard.plain.talk import Talk
    from wizard.session.steps.base import Field, Step


KEYS = (
    "Enter keeps the answer, a keeps the rest, ? explains, b goes back, u takes back the last answer, f applies a fix, "
    "q leaves."
)


def explain(talk: Talk, step: Step, field: Field | None, word: str, keys: str = KEYS) -> None:
    """Explain a word or the option of that number; without one, the question."""
    if field and (number := counted(word, len(field.options))):
        option = field.options[number - 1]
        talk.terminal.say(f"{option.label}. {option.hint}".strip())
        _topic(talk, option.topic)
    elif word:
        _topic(talk, word)
    else:
        _question(talk, step, field, keys)


def _question(talk: Talk, step: Step, field: Field | None, keys: str) -> None:
    terminal = talk.terminal
    terminal.say(f"{step.question} {step.help}".strip())
    for topic in dict.fromkeys((step.topic, field.topic if field else "")):
        _topic(talk, topic)
    deployment = talk.session.view.deployment
    for decision in how(step, deployment):
        terminal.say("".join(in_words(decision, deployment)))
    findings = talk.session.view.folded
    if findings:
        terminal.say("As the answers are now:")
    for folded in findings:
        terminal.say(f"{folded.finding.word}: {folded.sentence} {folded.finding.why}", "  ")
    terminal.say(keys)
    terminal.say("? 2 explains answer 2, and ? origin that word. =b answers b: what follows = is no command.")
    terminal.say("! and a pasted error message explains that message, and goes to the question that fixes it.")


def _topic(talk: Talk, name: str) -> None:
    if not name:
        return
    found = lookup(name)
    for topic in found[:1]:
        for line in topic_lines(topic, talk.terminal.width):
            talk.terminal.exactly(line)
    if not found:
        near = ", ".join(suggest(name))
        talk.terminal.say(f"Nothing is known about {name!r}." + (f" Did you mean: {near}?" if near else ""))


def first_aid(talk: Talk, text: str) -> bool:
    """Say what a pasted message means, and offer the answer that fixes it; True = go to its step."""
    aids = diagnose(text, talk.session.plan, 3)
    if not aids:
        talk.terminal.say("This message is not known. Paste the line that says error.")
        return False
    for aid in aids:
        for line in aid_lines(aid, width=talk.terminal.width):
            talk.terminal.exactly(line)
    first = next((aid for aid in aids if aid.patch), aids[0])
    if first.step not in {step.id for step in talk.session.steps}:
        return False
    what = "Set this answer, and go to its question" if first.patch else "Go to the question that fixes it"
    talk.terminal.say(f"1. {what}", "  ")
    if talk.terminal.ask("1, or Enter to stay here:").strip() != "1":
        return False
    problem = talk.mend(first)
    if problem:
        talk.terminal.say(f"Not accepted: {problem}")
    talk.jump = first.step
    return True
