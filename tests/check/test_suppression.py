"""Findings set aside in the file, with a reason."""

from __future__ import annotations

import time

from tests.support.checking import check
from wizard.check.findings import words
from wizard.check.suppression import directives
from wizard.observed.source import Source

BASE = "management_address=http://127.0.0.1:8081\nmodel_store=/m\nworkflow_store=/w\nallowed_urls=none\n"


def ids(name: str, text: str) -> list[str]:
    (report,) = check([Source(name, text)])
    return [line.id for line in words(report)]


def test_a_comment_of_its_own_speaks_of_the_next_line() -> None:
    line = "inference_address=http://0.0.0.0:8080\n"
    assert ids("config.properties", line + BASE) == ["TS-OPEN"]
    aside = "# serving-wizard: ignore[TS-OPEN] the firewall lets only the office in\n"
    assert ids("config.properties", f"{aside}# more\n{line}{BASE}") == []
    assert ids("config.properties", aside + BASE + line) == ["CHECK-UNUSED", "TS-OPEN"]


RUN = "docker run {0}\n  -p 8501:8501 {0}\n  -v ./m:/models/m -e MODEL_NAME=m {0}\n  --init tensorflow/serving:2.19.1\n"


def test_a_line_is_spoken_of_with_all_that_continue_it() -> None:
    aside = "# serving-wizard: ignore[RUN-PUBLISHED] a demo\n"
    assert ids("run.sh", RUN.format("\\")) == ["RUN-PUBLISHED"]
    assert ids("run.sh", aside + RUN.format("\\")) == []
    assert ids("run.sh", (aside + RUN.format("\\")).replace("\n", "\r\n")) == ids("run.sh", "") == []
    assert ids("run.ps1", aside + RUN.format("`")) == []
    assert ids("run.sh", aside + "true\n" + RUN.format("\\")) == ["CHECK-UNUSED", "RUN-PUBLISHED"]
    assert ids("run.sh", aside + "true\\\\\n" + RUN.format("\\")) == ["CHECK-UNUSED", "RUN-PUBLISHED"]


def test_without_a_reason_it_does_not_count() -> None:
    text = "# serving-wizard: ignore[TS-OPEN]\ninference_address=http://0.0.0.0:8080\n" + BASE
    assert ids("config.properties", text) == ["CHECK-NO-REASON", "TS-OPEN"]


def test_at_the_end_of_a_line_and_for_a_whole_file() -> None:
    service = "services:\n  tf:\n    image: tensorflow/serving:2.19.1\n    init: true\n    ports: ['8501:8501']{}\n"
    rest = "    environment: {MODEL_NAME: cat}\n    volumes: ['./cat:/models/cat:ro']\n"
    assert ids("compose.yml", service.format("") + rest) == ["RUN-PUBLISHED"]
    assert ids("compose.yml", service.format("  # serving-wizard: ignore[RUN-PUBLISHED] a demo") + rest) == []
    whole = "# serving-wizard: ignore-file[run-published] a demo\n"
    assert ids("compose.yml", whole + service.format("") + rest) == []


def test_other_rules_stay() -> None:
    text = (
        "# serving-wizard: ignore[TS-OPEN] yes\ninference_address=http://0.0.0.0:8080\ncors.allowed.origin=x\n" + BASE
    )
    assert ids("config.properties", text) == ["TS-KEY-UNKNOWN"]


def test_very_many_of_them_take_no_long_time() -> None:
    text = "# serving-wizard: ignore[TFS-FLAG-TWICE] so --" + " " * 20_000 + "x\n"
    text += "# serving-wizard: ignore[TFS-FLAG-TWICE] so\n" * 20_000 + "tensorflow_model_server\n"
    began = time.process_time()
    found = list(directives(Source("run.sh", text)))
    assert {each.line for each in found} == {20_002}
    assert time.process_time() - began < 10
