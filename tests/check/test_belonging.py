"""A configuration that is named alone is judged with the Compose file that mounts it."""

from __future__ import annotations

import pytest

from tests.support.commands import command
from wizard.check.analysis import Analysis
from wizard.check.belonging import judged
from wizard.check.findings import words
from wizard.observed.source import Source

CONFIG = (
    "inference_address=http://{}:8080\nmanagement_address=http://{}:8081\nmetrics_address=http://127.0.0.1:8082\n"
    "model_store=/home/model-server/model-store\nworkflow_store=/home/model-server/workflows\nallowed_urls=none\n"
    "load_models=cat.mar\n"
)
COMPOSE = (
    "services:\n  ts:\n    image: pytorch/torchserve\n    ports: ['{}8080:8080', '{}8081:8081']\n"
    "    command: torchserve --start --foreground --ncs --ts-config /home/model-server/config.properties\n"
    "    volumes: ['{}/config.properties:/home/model-server/config.properties']\n"
)
LABELLED = (
    'model_config_list {\n  config {\n    name: "cat"\n    base_path: "/models/cat"\n    model_platform: "tensorflow"\n'
    '    version_labels { key: "stable" value: 1 }\n  }\n}\n'
)
SERVING = (
    "services:\n  tf:\n    image: tensorflow/serving:2.19.1\n    volumes: ['./conf:/conf', './models:/models']\n"
    "    command: --model_config_file=/conf/models.config{}\n"
)
OPEN, HERE = "0.0.0.0", "127.0.0.1"


def said(path: str, text: str, **beside: str) -> list[tuple[str, str, int | None]]:
    """(file, rule, line) of what is found about one file, with others there."""
    files = {name.replace("__", "/") + ".yaml": content for name, content in beside.items()}
    sources = {name: Source(name, content) for name, content in files.items()}
    analysis = Analysis(sources.get)
    analysis.add(Source(path, text))
    found = [(report, line) for report in judged(analysis) for line in words(report)]
    return [(report.source.path, line.id, line.line) for report, line in found if line.effect != "style"]


def test_what_is_published_in_vain_is_found_at_the_address() -> None:
    found = said("a/config.properties", CONFIG.format(HERE, HERE), a__compose=COMPOSE.format("", "127.0.0.1:", "."))
    assert found == [("a/config.properties", "RUN-BIND-LOOPBACK", line) for line in (1, 2)]


def test_an_address_is_no_finding_where_the_port_is_published_on_this_machine() -> None:
    text = CONFIG.format(OPEN, OPEN)
    assert said("a/config.properties", text) == [("a/config.properties", "TS-OPEN", line) for line in (1, 2)]
    here = COMPOSE.format("127.0.0.1:", "127.0.0.1:", ".")
    assert said("a/config.properties", text, a__compose=here) == []


def test_who_can_connect_is_said_where_the_port_is_published_and_nothing_else_of_that_file() -> None:
    found = said("a/config.properties", CONFIG.format(OPEN, OPEN), a__compose=COMPOSE.format("127.0.0.1:", "", "."))
    assert found == [("a/compose.yaml", "RUN-PUBLISHED", 4)]


def test_the_compose_file_may_lie_one_folder_above() -> None:
    text = CONFIG.format(OPEN, OPEN)
    found = said("a/b/config.properties", text, a__compose=COMPOSE.format("127.0.0.1:", "127.0.0.1:", "./b"))
    assert found == []


@pytest.mark.parametrize(
    "other", [COMPOSE.format("", "", "./other"), "services:\n  web:\n    image: nginx:1.28\n", "{"]
)
def test_a_compose_file_that_mounts_something_else_changes_nothing(other: str) -> None:
    text = CONFIG.format(OPEN, HERE)
    assert said("a/config.properties", text, a__compose=other) == said("a/config.properties", text)


def test_a_flag_beside_a_file_is_seen() -> None:
    flag = " --allow_version_labels_for_unavailable_models=true"
    assert [rule for _, rule, _ in said("conf/models.config", LABELLED, compose=SERVING.format(""))] == [
        "TFS-LABELS-REFUSED"
    ]
    assert said("conf/models.config", LABELLED, compose=SERVING.format(flag)) == []


def test_the_command_names_the_compose_file_and_its_exit_code_counts_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("set-up")
    (folder / "config.properties").write_text(CONFIG.format(OPEN, OPEN))
    for ports, code in ((("127.0.0.1:", "127.0.0.1:"), 0), (("127.0.0.1:", ""), 1)):
        (folder / "compose.yaml").write_text(COMPOSE.format(*ports, "."))
        done = command("check", "config.properties", cwd=folder)
        assert done.returncode == code, done.stdout
        assert done.stdout.startswith("compose.yaml\n") == bool(code)


def test_what_is_explained_is_the_process_that_the_compose_file_starts(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("set-up")
    (folder / "config.properties").write_text(CONFIG.format(OPEN, OPEN))
    (folder / "compose.yaml").write_text(COMPOSE.format("", "", "."))
    assert "started by compose.yaml" in command("explain", "./config.properties", cwd=folder).stdout


@pytest.mark.parametrize(
    "gone",
    [
        "cd conf\n",
        "cd conf && ",
        'cd "$(dirname "$0")/conf"\n',
        "cd other\ncd ../conf\n",
        'cd "${BASH_SOURCE%/*}/conf" && ',
    ],
)
def test_a_script_reads_files_where_it_has_gone_to(gone: str) -> None:
    """`cd` to a folder below the script's: what it names from there is found there."""
    analysis = Analysis({"a/conf/config.properties": Source("a/conf/config.properties", CONFIG.format(OPEN, HERE))}.get)
    analysis.add(Source("a/start.sh", f"{gone}torchserve --start --foreground --ncs --ts-config config.properties\n"))
    analysis.reports()
    assert analysis.observed[0].parts[0].source.path == "a/conf/config.properties"


@pytest.mark.parametrize("gone", ["cd /opt/app\n", 'cd "$APP"\n', "cd conf\ncd -\n", "cd ~/conf\n", ""])
def test_where_it_may_be_anywhere_else_the_files_beside_it_are_meant(gone: str) -> None:
    analysis = Analysis({"a/config.properties": Source("a/config.properties", CONFIG.format(OPEN, HERE))}.get)
    analysis.add(Source("a/start.sh", f"{gone}torchserve --start --foreground --ncs --ts-config config.properties\n"))
    analysis.reports()
    assert analysis.observed[0].parts[0].source.path == "a/config.properties"


def test_the_folder_of_the_script_itself_is_no_other() -> None:
    analysis = Analysis()
    analysis.add(
        Source("a/start.sh", 'cd "$(dirname "$0")"\ntorchserve --start --foreground --ncs --model-store store\n')
    )
    analysis.reports()
    assert analysis.observed[0].start is not None and not analysis.observed[0].start.working_dir
