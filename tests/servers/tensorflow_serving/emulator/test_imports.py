"""What the emulator imports: it must run in an image with Python and two wheels."""

from __future__ import annotations

import json
import subprocess
import sys

from .harness import ROOT

EMULATOR = "wizard.servers.tensorflow_serving.emulator"

SHOW = """
import json, sys
import wizard.servers.tensorflow_serving.emulator.server
print(json.dumps(sorted(name for name in sys.modules)))
"""


def test_the_import_closure_is_small() -> None:
    command = [sys.executable, "-S", "-c", SHOW]
    google = subprocess.run(
        [sys.executable, "-c", "import google.protobuf as p; print(p.__path__[0])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    site = google.removesuffix("/google/protobuf")
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{site}"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    modules = json.loads(done.stdout)
    own = {name for name in modules if name.split(".")[0] == "wizard"}
    assert all(
        name in ("wizard", "wizard.servers", "wizard.servers.tensorflow_serving") or name.startswith(EMULATOR)
        for name in own
    )
    foreign = {name.split(".")[0] for name in modules} - set(sys.stdlib_module_names) - {"wizard", "__main__"}
    assert foreign <= {"google"}, foreign
