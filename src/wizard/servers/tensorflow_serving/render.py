"""models.config and monitoring.config."""

from __future__ import annotations

from wizard.deployment import Deployment
from wizard.formats.textproto import quote
from wizard.plan import Model, Plan
from wizard.servers.files import Block, ConfigFile
from wizard.servers.tensorflow_serving import layout


def config_files(deployment: Deployment) -> tuple[ConfigFile, ...]:
    """The files the server reads at startup."""
    found = [models_config(deployment.plan)]
    if layout.metrics_on(deployment):
        found.append(monitoring_config())
    return tuple(found)


def models_config(plan: Plan) -> ConfigFile:
    """The list of models."""
    blocks = [
        Block(
            "# The models that TensorFlow Serving loads. Addresses, ports, CORS and TLS cannot be set here:\n"
            "# a field the server does not know makes it refuse the whole file.\n"
        ),
        Block("model_config_list {\n", cause="models"),
    ]
    for number, model in enumerate(plan.models):
        blocks += _model(plan, model, f"models.{number}")
    blocks.append(Block("}\n"))
    return ConfigFile(layout.MODELS_CONFIG, tuple(blocks))


def _model(plan: Plan, model: Model, key: str) -> list[Block]:
    native = plan.native
    place = "on this machine" if native else "inside the container"
    base = quote(layout.base_path(plan, model))
    blocks = [
        Block(f"  config {{\n    name: {quote(model.name)}\n", f"{key}.name"),
        Block(
            f"    # The folder that holds the numbered version folders, {place}.\n    base_path: {base}\n",
            f"{key}.as_version" if model.as_version is not None else f"{key}.path",
        ),
        Block('    model_platform: "tensorflow"\n', why="The standard server knows no other and exits without it."),
        _policy(model, native, key),
    ]
    if model.labels:
        blocks.append(_labels(model, key))
    blocks.append(Block("  }\n", key))
    return blocks


def _policy(model: Model, native: bool, key: str) -> Block:
    if native and model.as_version is not None:
        # The parent folder may hold other versions; this one alone is meant.
        return _versions((model.as_version,), f"{key}.as_version")
    if model.versions == "all":
        text = "    # Every version in the folder.\n    model_version_policy { all {} }\n"
        return Block(text, f"{key}.versions")
    if model.versions == "latest":
        text = "    # The version with the highest number.\n    model_version_policy { latest { num_versions: 1 } }\n"
        return Block(text, f"{key}.versions")
    return _versions(model.versions, f"{key}.versions")


def _versions(numbers: tuple[int, ...], cause: str) -> Block:
    listed = "".join(f"        versions: {number}\n" for number in dict.fromkeys(numbers))
    return Block(
        "    # Exactly these versions.\n    model_version_policy {\n      specific {\n" + listed + "      }\n    }\n",
        cause,
    )


def _labels(model: Model, key: str) -> Block:
    head = "    # Names for versions, used as /v1/models/NAME/labels/LABEL:predict.\n"
    lines = "".join(
        f"    version_labels {{ key: {quote(label)} value: {number} }}\n" for label, number in model.labels.items()
    )
    return Block(head + lines, f"{key}.labels")


def monitoring_config() -> ConfigFile:
    """The switch of the Prometheus page."""
    return ConfigFile(
        layout.MONITORING_CONFIG,
        (
            Block("# The metrics page. It is on the REST port and asks nobody who they are.\n"),
            Block(
                f"prometheus_config {{\n  enable: true\n  path: {quote(layout.METRICS_PATH)}\n}}\n",
                "bind.metrics.scope",
            ),
        ),
    )
