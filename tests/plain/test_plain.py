from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plain.talking import COMMAND, CONTROL, Talk, environment, piped
from tests.servers.llama_server.real import Server
from tests.support import requires
from wizard.help.firstaid import diagnose
from wizard.help.lines import aid_lines, topic_lines
from wizard.help.topics import lookup
from wizard.machine.switching import BACKUPS
from wizard.plan import answers
from wizard.servers.sample import sample_path

pytestmark = pytest.mark.live

PLAN = """schema = 1
server = "{server}"
[[models]]
name = "m"
path = "./{model}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a TensorFlow model and an answers file."""
    shutil.copytree(sample_path("tensorflow-serving"), tmp_path / "half")
    (tmp_path / "wizard.toml").write_text(PLAN.format(server="tensorflow-serving", model="half"))
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and BACKUPS not in p.parts
    }


def command_in(transcript: str) -> list[str]:
    """The command that Review shows, from the start word to the folder."""
    line = next(line for line in transcript.splitlines() if "serving-wizard generate" in line)
    return shlex.split(line.strip())[1:]


def same_as_generate(folder: Path, transcript: str, written: Path) -> None:
    """The command that Review showed, run for the same folder, writes the same bytes; only secrets are random."""
    plain = files(written)
    shutil.rmtree(written)
    words = command_in(transcript)
    words[words.index("--out") + 1] = str(written)
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = files(written)
    assert set(made) == set(plain)
    assert [name for name in plain if made[name] != plain[name] and not name.startswith("secrets/")] == []


@pytest.mark.parametrize(
    ("server", "target"), [("tensorflow-serving", "serving-half_plus_two"), ("torchserve", "serving-echo")]
)
def test_enter_alone_leads_to_the_same_files_as_generate(tmp_path: Path, server: str, target: str) -> None:
    done = piped("\n" * 100, tmp_path, "demo", "--server", server, "--plain")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "Written to" in done.stderr
    assert not CONTROL & set(done.stderr)
    assert "compose.yaml" in files(tmp_path / target)
    same_as_generate(tmp_path, done.stderr, tmp_path / target)


@pytest.mark.parametrize("chosen", [{"ACCESSIBLE": "1"}, {"TERM": "dumb"}], ids=["ACCESSIBLE", "TERM=dumb"])
def test_the_environment_can_ask_for_it(folder: Path, chosen: dict[str, str]) -> None:
    done = piped("q\n", folder, "wizard.toml", **chosen)
    assert done.returncode == 0, done.stderr
    assert "Serving Wizard, as questions in lines." in done.stderr


def test_the_end_of_the_input_is_told_and_nothing_is_lost(folder: Path) -> None:
    done = piped("s\n\n\n\n\n\n\n\n\n\n\n\n\n1 5\n", folder, "wizard", "wizard.toml", "--plain")
    assert done.returncode == 130
    assert "The input ended before anything was written" in done.stderr
    assert "kept as a draft" in done.stderr
    again = piped("1\n", folder, "wizard", "wizard.toml", "--plain")
    assert "There is a draft of" in again.stderr
    assert sorted(p.name for p in folder.iterdir()) == ["half", "state", "wizard.toml"]


def test_no_input_at_all(folder: Path) -> None:
    done = piped("", folder, "wizard", "wizard.toml", "--plain")
    assert done.returncode == 2
    assert "Standard input ended before the first answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_newcomer_in_a_terminal_opens_it_for_two_apps_and_confirms(folder: Path) -> None:
    """All interfaces, two origins with cookies, undo, back, help, bad input, a conflict: everything but a trial."""
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.answer("What to do:", "s")
        talk.enter_until("Path [")
        talk.type("./none")
        said = talk.question()
        assert "Will not work" in said
        talk.type("u")
        assert "Undone" in talk.answer("Path [", "half/1")
        talk.answer("1. ", "1")
        talk.answer("Name (part of the URL that clients call) [m]:", "a b")
        talk.answer("Not accepted: A model name is letters", "=half")
        talk.enter_until("Who will call the model?")
        talk.type("9")
        talk.answer("Numbers from 1 to 6, please.", "1, 5")
        talk.answer("2. Take what is proposed", "1")
        talk.answer("Who may connect to the inference API?", "?")
        assert "How it is done" in talk.answer("Enter keeps the answer", "? preflight")
        talk.answer("OPTIONS", "everywhere")
        talk.answer("A number from 1 to", "loopback")
        talk.answer("Port (on this machine)", "b")
        talk.answer("Number, 1 to", "all")
        assert "Worse, " in talk.answer("Port (on this machine)", "99999")
        talk.answer("Not accepted:", "9000")
        talk.answer("gRPC API?", "b")
        talk.answer("inference API?", "")
        talk.answer("Port (on this machine) [9000]:")
        talk.enter_until("Which web pages may read")
        talk.type("2")
        talk.answer("One to add", "https://a.example:port")
        talk.answer("Not accepted:", "https://a.example/path")
        told = talk.answer("1. https://a.example", "https://b.example, https://c.example")
        assert "https://a.example (path removed)." in told
        talk.answer("3. https://c.example", "-3")
        talk.answer("2. https://b.example")
        talk.answer("Methods (")
        talk.answer("Headers (", "content-type authorization")
        talk.answer("Cookies: pages may send", "2")
        talk.enter_until("Must callers show a token?")
        talk.type("none")
        talk.answer("Should the connection be encrypted?", "self-signed")
        said = talk.enter_until("To accept this, type ")
        assert "https://a.example and https://b.example may read its answers, with cookies" in said
        talk.type("yes")
        said = talk.question()
        assert "To accept it, type exactly" in said
        while "Enter goes on to writing:" not in said:
            talk.type(said.rpartition("To accept this, type ")[2].partition(";")[0])
            said = talk.question()
        talk.type("")
        (folder / "out").mkdir()
        (folder / "out" / "compose.yaml").write_text("services: {}\n")
        talk.answer("Folder, created if it does not exist", "out")
        talk.answer("replaced: compose.yaml", "3")
        talk.answer("-services: {}", "")
        talk.answer("The former files are in", "2")
        talk.answer("Enter leaves:")
        assert talk.end() == 0
        transcript = talk.text
    assert not CONTROL & set(transcript)
    assert f"Call it        {folder / 'out' / 'call.sh'}" in transcript
    shutil.rmtree(folder / "out" / ".serving-wizard-backup")
    plan = answers.load((folder / "out" / "wizard.toml").read_text())
    assert plan.cors.inference.origins == ("https://a.example", "https://b.example")
    assert plan.bind.inference is not None
    assert (plan.bind.inference.scope, plan.bind.inference.port) == ("all", 9000)
    assert "BIND-ALL@inference" in plan.accepted
    same_as_generate(folder, transcript, folder / "out")


def test_what_cannot_work_is_mended_before_anything_is_written(folder: Path) -> None:
    text = (folder / "wizard.toml").read_text()
    (folder / "wizard.toml").write_text(text + '[cors.inference]\norigins = ["*"]\ncredentials = true\n')
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.answer("What to do:", "s")
        talk.enter_until("This will not work")
        talk.type("7")
        talk.answer("has to be fixed", "2")
        assert "Better, no longer" in talk.answer("Enter goes on to writing:", "q")
        talk.answer("Keep the answers as a draft?", "2")
        assert talk.end() == 0
    assert list((folder / "state").rglob("draft-*")) == []


def test_a_draft_is_kept_on_leaving_and_offered_again(folder: Path) -> None:
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.answer("What to do:", "s")
        talk.enter_until("Who will call the model?")
        talk.type("1")
        talk.answer("inference API?", "q")
        talk.answer("Keep the answers as a draft?", "b")
        talk.answer("inference API?", "q")
        talk.answer("Keep the answers as a draft?", "")
        assert talk.end() == 0
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.answer("There is a draft", "1")
        talk.answer("What to do:", "s")
        assert "Programs on this machine (now)" in talk.enter_until("Who will call the model?")
        talk.type("q")
        talk.answer("Keep the answers as a draft?", "2")
        assert talk.end() == 0
    assert list((folder / "state").rglob("draft-*")) == []


@pytest.mark.parametrize(
    ("answer", "code", "drafts"), [("1", 0, 1), ("2", 0, 0), ("\x03", 130, 1)], ids=["keep", "forget", "ctrl-c again"]
)
def test_ctrl_c_asks_once_what_becomes_of_the_answers(folder: Path, answer: str, code: int, drafts: int) -> None:
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.answer("What to do:", "s")
        talk.enter_until("Who will call the model?")
        talk.type("1")
        talk.question()
        talk.press("\x03")
        talk.until("Keep the answers as a draft?")
        talk.question()
        (talk.press if answer == "\x03" else talk.type)(answer)
        assert talk.end() == code
        assert "Traceback" not in talk.text
        assert ("kept as a draft" in talk.text) == bool(drafts)
    assert len(list((folder / "state").rglob("draft-*"))) == drafts


def test_who_pressed_ctrl_c_may_stay(folder: Path) -> None:
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.question()
        talk.press("\x03")
        talk.until("Leave?")
        talk.answer("b stays", "2")
        talk.answer("What to do:", "s")
        assert "Programs on this machine" in talk.enter_until("Who will call the model?")
        talk.press("\x03")
        talk.until("Leave?")
        talk.answer("b stays", "1")
        assert talk.end() == 0


def test_going_back_from_the_first_question_stays_or_leads_to_the_overview_it_was_asked_from(folder: Path) -> None:
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.answer("What to do:", "b")
        talk.answer("Nothing was asked before this", "s")
        talk.answer("]:", "b")
        talk.answer("What to do:", "q")
        assert talk.end() == 0
    with Talk(folder, "demo", "--plain") as talk:
        assert "A sample model is already loaded" in talk.answer("]:", "b")
        talk.until("This is the first question.")
        talk.answer("]:", "u")
        talk.until("Nothing to undo.")
        talk.answer("]:", "q")
        assert talk.end() == 0


def test_what_files_say_cannot_move_the_cursor(folder: Path) -> None:
    nasty = "\x1b[2J\x1b]0;title\x07"
    done = piped("s" + "\n" * 10 + f"./{nasty}\n", folder, "wizard", "wizard.toml", "--plain")
    assert not CONTROL & set(done.stderr)


def test_it_runs_without_loading_textual_until_it_writes(folder: Path) -> None:
    program = (
        "import sys\n"
        "from wizard import plain\n"
        "from wizard.errors import WizardError\n"
        "from wizard.session.session import Session\n"
        "try:\n    plain.run(Session())\n"
        "except WizardError:\n    pass\n"
        "sys.exit('textual' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input="\n" * 5, text=True, cwd=folder, env=environment(folder), timeout=120
    )
    assert done.returncode == 0


def test_a_pasted_error_leads_to_its_question_with_the_answer_set(folder: Path) -> None:
    blocked = (
        "Access to fetch at 'http://127.0.0.1:8501/v1' from origin 'http://localhost:5173' has been blocked by CORS "
        "policy: No 'Access-Control-Allow-Origin' header is present on the requested resource."
    )
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.answer("What to do:", "s")
        talk.answer("Number, 1 to", "! all is well")
        talk.answer("This message is not known", f"! {blocked}")
        talk.answer("1. Set this answer, and go to its question", "1")
        asked = talk.answer("Which web pages may read the answers?", "")
        assert "The pages I list (now)" in asked
        talk.answer("1. http://localhost:5173", "q")
        talk.answer("Keep the answers as a draft?", "2")
        assert talk.end() == 0


def test_docker_missing_is_explained_and_the_files_stay(folder: Path) -> None:
    with Talk(folder, "demo", "--plain", DOCKER_HOST="unix:///nonexistent/docker.sock") as talk:
        talk.enter_until("Try it now?")
        talk.type("1")
        said = talk.enter_until("Number, 1 to 3 [3]:")
        assert "2. Try it without Docker" in said
        assert "Traceback" not in said
        talk.type("3")
        talk.answer("Enter leaves:")
        assert talk.end() == 0
    assert (folder / "serving-echo" / "compose.yaml").exists()


@pytest.mark.images(requires.TFSERVING_IMAGE)
def test_a_trial_with_docker_is_told_line_by_line_and_agrees(folder: Path, free_port: Callable[[], int]) -> None:
    text = (folder / "wizard.toml").read_text()
    (folder / "wizard.toml").write_text(f'{text}[bind.inference]\nscope = "loopback"\nport = {free_port()}\n')
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.answer("What to do:", "s")
        talk.enter_until("Try it now?")
        talk.type("1")
        said = " ".join(talk.question(240).split())
        assert "start: " in said
        assert " found what was predicted." in said
        assert "  | " not in said, "nobody listens to a log that says nothing new"
        talk.type("2")
        talk.answer("Enter leaves:")
        assert talk.end() == 0
        assert not CONTROL & set(talk.text)


@requires.needs_llama_server
def test_a_server_that_runs_here_is_offered_and_becomes_the_answers(
    tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    with (
        Server("b11669", port, tmp_path, ("--host", "0.0.0.0", "--seed", "1")) as server,
        Talk(tmp_path, "--plain") as talk,
    ):
        said = " ".join(talk.question().split())
        named = f"To look at llama-server, running here on every interface (process {server.process.pid}), type "
        talk.type(said[said.index(named) + len(named) :].partition(".")[0])
        told = " ".join(talk.question().split())
    assert "Not carried over: --seed: there is no answer for it" in told
    assert f"Inference: all interfaces, port {port} (as it runs" in told


def test_what_is_explained_is_wrapped_once(tmp_path: Path) -> None:
    """Wrapped for a wider terminal first, each second line ended after a word or two."""
    message = "couldn't bind HTTP server socket, hostname: 0.0.0.0, port: 8080"
    told = piped(f"? preflight\n! {message}\n\nq\n", tmp_path, "--plain", COLUMNS="61").stderr.splitlines()
    (aid,) = diagnose(message)
    assert [line for line in topic_lines(lookup("preflight")[0], 60) if line not in told] == []
    assert [line for line in aid_lines(aid, width=60) if line not in told] == []
