"""Drop-ins of systemd: with their unit they say what runs, alone what they add."""

from __future__ import annotations

from wizard.check.analysis import Analysis
from wizard.check.findings import words
from wizard.observed.source import Source

UNIT = (
    "[Service]\nUser=serve\nExecStart=/usr/bin/llama-server -m /srv/a.gguf --port 8080{}"
    " --cors-origins https://a.example --cors-headers authorization,content-type\n"
)
OPEN = '[Service]\nEnvironment="LLAMA_ARG_HOST=0.0.0.0"\n'


def read(**files: str) -> tuple[Analysis, list[tuple[str, str, int | None]]]:
    """What is read of a unit `ll.service` and of drop-ins, and (file, rule, line) of what is found."""
    analysis = Analysis()
    for name, text in files.items():
        path = "s/ll.service" if name == "unit" else f"s/ll.service.d/{name}.conf"
        analysis.add(Source(path, text))
    found = [(report.source.path, line) for report in analysis.reports() for line in words(report) if line.counts]
    return analysis, [(path, line.id, line.line) for path, line in found if line.severity != "info"]


def test_alone_it_says_who_can_connect_as_a_file_of_variables_does() -> None:
    assert read(override=OPEN)[1] == [("s/ll.service.d/override.conf", "LS-OPEN", 2)]
    assert read(override='[Service]\nEnvironment="LLAMA_ARG_HOST=127.0.0.1"\n')[1] == []
    assert read(override=OPEN + "Environment=LLAMA_API_KEY=8d1f6a02c7\n")[1] == []
    assert read(override=OPEN + "EnvironmentFile=/etc/llama.env\n")[1] == []


def test_with_its_unit_the_key_of_that_counts() -> None:
    assert read(unit=UNIT.format(" --api-key-file /etc/k"), override=OPEN)[1] == []
    found = read(unit=UNIT.format(""), override=OPEN)[1]
    assert ("s/ll.service.d/override.conf", "LS-OPEN", 2) in found


def test_the_last_one_counts_and_limits_hold_for_all() -> None:
    later = '[Service]\nEnvironment="LLAMA_ARG_HOST=127.0.0.1"\n'
    analysis, _ = read(unit=UNIT.format(" --api-key-file /etc/k"), a=OPEN, b=later)
    assert [each.address for each in analysis.observed[0].listeners] == ["127.0.0.1"]
    limited = read(unit=UNIT.format(""), a=OPEN, b="[Service]\nIPAddressDeny=any\nIPAddressAllow=localhost\n")[1]
    assert not [rule for _, rule, _ in limited if rule == "LS-OPEN"]


def test_a_command_in_one_counts_instead() -> None:
    own = "[Service]\nExecStart=\nExecStart=/usr/bin/llama-server -m /srv/b.gguf --host 0.0.0.0 --port 9000\n"
    analysis, found = read(unit=UNIT.format(" --api-key-file /etc/k"), override=own)
    assert [each.port for each in analysis.observed[0].listeners] == [9000] and len(analysis.observed) == 1
    assert ("s/ll.service.d/override.conf", "LS-OPEN", 3) in found
    assert not [each for each in found if each[1] == "RUN-UNIT-ROOT"], "the unit names the user"
