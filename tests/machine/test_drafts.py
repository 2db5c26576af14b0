from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.machine import drafts
from wizard.plan import Bind, CorsRule, Listener, Model, Plan


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / "state"


def large_plan() -> Plan:
    models = tuple(Model(name=f"m{n}", path=f"./m {n}/ü\u202e") for n in range(20))
    rule = CorsRule(origins=tuple(f"https://app{n}.example" for n in range(50)))
    plan = Plan(server="torchserve", models=models, bind=Bind(inference=Listener(scope="all", port=9000)))
    return plan.model_copy(update={"cors": plan.cors.model_copy(update={"inference": rule})})


@pytest.mark.parametrize("folder", ["plain", "né", "bytes \udcff that are no UTF-8"])
@pytest.mark.parametrize("opened", [False, True])
def test_what_was_saved_comes_back(tmp_path: Path, folder: str, opened: bool) -> None:
    base = tmp_path / folder
    source = base / "wizard.toml" if opened else None
    drafts.save(large_plan(), source, base)
    draft = drafts.load(source)
    assert draft is not None
    assert draft.plan() == large_plan()
    assert draft.base == base
    assert draft.about == "TorchServe, m0, m1, m2"
    drafts.discard(source)
    assert drafts.load(source) is None
    drafts.discard(source)


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    drafts.save(large_plan(), None, tmp_path)
    path = drafts.where()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_each_answers_file_and_the_demo_have_a_draft_of_their_own(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "wizard.toml", tmp_path / "b" / "wizard.toml"
    drafts.save(Plan(server="torchserve"), one, one.parent)
    drafts.save(Plan(server="tensorflow-serving"), None, tmp_path, demo=True)
    assert drafts.load() is None
    assert drafts.load(other) is None
    assert getattr(drafts.load(one), "about", "") == "TorchServe, no model yet"
    drafts.discard(one)
    assert getattr(drafts.load(demo=True), "about", "").startswith("TensorFlow Serving")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"format": 2}', '{"format": 1, "saved": "x", "about": "", "base": "", "plan": {}}']
)
def test_a_file_that_makes_no_sense_is_no_draft(text: str) -> None:
    path = drafts.where()
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert drafts.load() is None


def test_a_file_from_elsewhere_that_is_huge_is_not_read() -> None:
    path = drafts.where()
    path.parent.mkdir(parents=True)
    with path.open("wb") as stream:
        stream.truncate(1 << 33)
    assert drafts.load() is None


def test_a_reader_never_sees_half_a_draft(tmp_path: Path) -> None:
    """One process saves as fast as it can while this one reads."""
    code = (
        "from pathlib import Path; from wizard.plan import Model, Plan; from wizard.machine import drafts\n"
        "for n in range(300):\n"
        "    models = (Model(name='m', path='p' * n * 20 + 'x'),)\n"
        "    drafts.save(Plan(server='torchserve', models=models), None, Path('/'))"
    )
    drafts.save(Plan(server="torchserve"), None, tmp_path)
    writer = subprocess.Popen([sys.executable, "-c", code])
    seen = set()
    while writer.poll() is None:
        data = json.loads(drafts.where().read_text())
        seen.add(len(json.dumps(data["plan"])))
    assert writer.returncode == 0
    assert len(seen) > 5


def test_looking_for_a_draft_loads_nothing_heavy() -> None:
    code = (
        "import sys; from wizard.machine import drafts; drafts.load(); "
        "print([m for m in ('pydantic', 'docker', 'tomlkit', 'textual') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
