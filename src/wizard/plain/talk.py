"""The Session in a line-based terminal: what is said after each answer, and where the questions go next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.comparison.plans import changing, compare
from wizard.errors import WizardError
from wizard.session import setups, there
from wizard.session.found_here import Looking
from wizard.session.offers import take
from wizard.severity import severity_in_words

if TYPE_CHECKING:
    from wizard.comparison.view import View
    from wizard.deployment.finding import Remedy
    from wizard.help.firstaid import Aid
    from wizard.models.report import ModelReport
    from wizard.plain.terminal import Terminal
    from wizard.session.found_here import FoundHere
    from wizard.session.session import Session
    from wizard.session.steps.base import Answer, Step


class Talk:
    """Gives answers to the Session and says what follows from each."""

    def __init__(self, terminal: Terminal, session: Session) -> None:
        self.terminal = terminal
        self.session = session
        self.jump = ""
        """Id of the step to go to next, if a pasted error message leads elsewhere."""
        self.running: tuple[FoundHere, ...] = ()
        """The servers that run here and can be looked at."""

    def begin(self) -> None:
        """Load everything and look at this machine and the models."""
        self.terminal.say("Looking at this machine …")
        looking = None
        if self.session.looks_around:
            looking = Looking()
        try:
            self.session.begin(self.session.load())
            self.session.on_change = self._changed
            self.running = looking.found() if looking is not None else ()
        finally:  # even if nobody waits for it
            if looking is not None:
                looking.end()
        for each, word in zip(self.running, self.looks, strict=True):
            self.terminal.say(f"To look at {each.words} ({each.kind} {each.name}), type {word}.")

    @property
    def looks(self) -> list[str]:
        """What to type at the first question to look at each running server."""
        return ["l"] if len(self.running) == 1 else [f"l{number}" for number in range(1, len(self.running) + 1)]

    def tell_unlike(self) -> None:
        """Report what is wrong with the opened files, and what will be different from them."""
        for line in there.judged(self.session):
            self.terminal.say(
                f"{line.place}, {severity_in_words(line.severity)}: {line.sentence} {line.instead}".rstrip()
            )
        for each in there.unlike(self.session):
            self.terminal.say(f"{each.head.capitalize()}: {each.sentence}")

    def look_at(self, number: int) -> bool:
        """Begin with the answers that describe a running server; returns whether that was possible."""
        try:
            opened = setups.of_running(self.running[number].place)
        except WizardError as error:
            self.terminal.say(str(error))
            return False
        problem = self.session.look_at(opened)
        if not problem:
            self.tell_unlike()
        self.terminal.say(problem or f"These answers describe {opened.words}.")
        return not problem

    def _changed(self) -> None:
        """Look into the models and save the draft, right away: nobody is typing meanwhile."""
        for path, server in self.session.unseen:
            self.session.found(path, server, self.session.inspect(path, server))
        self.session.autosave.save()

    def look_into(self, path: str) -> ModelReport:
        """What is at a model path, looked at once."""
        known = self.session.report(path)
        if known is None:
            server = self.session.plan.server
            known = self.session.inspect(path, server)
            self.session.found(path, server, known)
        return known

    def propose(self, answer: Answer, step: Step) -> str:
        """Give an answer and say what follows; or a sentence why it is refused."""
        before = self.session.view
        problem = self.session.propose(answer, step.id)
        if not problem:
            self._tell(before)
        return problem

    def apply(self, remedy: Remedy, step: Step) -> str:
        """Apply a fix and say what follows."""
        before = self.session.view
        problem = self.session.apply(remedy, step.id)
        if not problem:
            self._tell(before)
        return problem

    def mend(self, aid: Aid) -> str:
        """Set the answer that first aid names and say what follows."""
        before = self.session.view
        problem = self.session.mend(aid.patch, aid.title, aid.step)
        if not problem:
            self._tell(before)
        return problem

    def take(self) -> str:
        """Accept the proposals and say what follows."""
        before = self.session.view
        problem = take(self.session)
        if not problem:
            self._tell(before)
        return problem

    def undo(self) -> None:
        """Undo the last answer."""
        before = self.session.view
        label = self.session.undo()
        self.terminal.say(f"Undone: {label}." if label else "Nothing to undo.")
        self._tell(before)

    def fix(self, step: Step) -> None:
        """Apply the first fix of the worst finding that has one."""
        before, preview = self.session.view, self.session.preview()
        problem = self.session.fix(preview, step.id)
        self.terminal.say(problem or f"{self.session.history.now.label}.")
        self._tell(before)

    def _tell(self, before: View) -> None:
        """What changed, the worst first; nothing if nothing did."""
        difference = compare(before, self.session.view)
        for loss in difference.losses:
            finding = loss.finding
            if finding is None:
                self.terminal.say(f"Worse: {loss.text}.")
                continue
            word = finding.word
            if loss.was and loss.was != finding.severity:
                word = f"{word} instead of {severity_in_words(loss.was)}"
            ready = next((each for each in finding.remedies if not each.takes_back), None)
            fix = f" A fix (f): {ready.label}." if ready else f" Instead: {finding.instead}"
            self.terminal.say(f"Worse, {word}: {loss.text}{fix}")
        for gain in changing(difference).gains:
            known = gain.finding
            no_more = f", no longer {known.word}" if known else ""
            if known and gain.was:
                no_more = f", {known.word} instead of {severity_in_words(gain.was)}"
            self.terminal.say(f"Better{no_more}: {gain.text.rstrip('.')}.")
