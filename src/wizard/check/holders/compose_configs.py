"""The `configs` of a Compose file: files that services get, from this folder or out of the Compose file itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard.check.holders.kubernetes_services import items_of
from wizard.formats.interpolation import fill
from wizard.formats.yaml_source import Node
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import CONFIG_MAP, Mounted


def mounts(service: Node, declared: Node | None) -> Iterator[Mounted]:
    """What a service gets of them; `declared`: those of the whole file."""
    for item in items_of(service.get("configs")):
        named = item if item.is_scalar else item.get("source")
        config = declared.get(named.text) if declared is not None and named is not None else None
        if named is None or config is None:
            continue
        target = item.get("target")
        path = target.text if target is not None and target.is_scalar else f"/{named.text}"
        path = path if path.startswith("/") else f"/{path}"
        file = config.get("file")
        if file is not None and file.is_scalar:
            yield Mounted(file.text, path, "bind", item.start, item.end, declared=True, read_only=True)
        elif config.get("content") is not None:
            held = f"{CONFIG_MAP}{named.text}/{path.rpartition('/')[2]}"
            yield Mounted(held, path, "volume", item.start, item.end, declared=True)


def parts(source: Source, document: Node, known: Mapping[str, str]) -> Iterator[SourcePart]:
    """The files that stand in the Compose file itself, under the names that services give them."""
    configs = document.get("configs")
    services = (document.get("services") or Node(0, 0)).entries or ()
    named = {mount.source for _, service in services for mount in mounts(service, configs)}
    for held in sorted(each for each in named if each.startswith(CONFIG_MAP)):
        name, _, file = held.removeprefix(CONFIG_MAP).partition("/")
        content = configs.at(name, "content") if configs is not None else None
        if content is not None and content.is_scalar:
            text, opened = fill(content.region(source.text), known)
            yield SourcePart(source, text, file, f"ConfigMap {name}", open=opened)
