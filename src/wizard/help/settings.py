"""Keys, flags and fields of the servers, and names often mistaken for them, as topics."""

from __future__ import annotations

from collections.abc import Iterator

from wizard import registry
from wizard.help.glossary import mentions
from wizard.help.values import Topic, topic_id
from wizard.servers.contract import KnownSetting


def topics() -> Iterator[Topic]:
    """Everything that can be in a configuration file or on a command line."""
    for name in registry.names():
        adapter = registry.adapter(name)
        yield from (_topic(setting, adapter.title) for setting in adapter.settings())


def _topic(setting: KnownSetting, server: str) -> Topic:
    spellings = dict.fromkeys((setting.name.lstrip("-"), *setting.also))
    spellings.pop(setting.name, None)
    related = tuple(term.name for _, _, term in mentions(f"{setting.meaning} {setting.risk}"))
    # Two servers may share a wrong spelling; their keys and flags are told apart by the kind.
    owner = f" of {server}" if setting.kind == "wrong spelling" else ""
    return Topic(
        topic_id(setting.kind, f"{setting.name}{owner}"),
        setting.name,
        f"{setting.name} ({setting.kind}{f', {setting.file}' if setting.file else ''})",
        setting.kind,
        setting.meaning,
        setting.risk,
        setting.does,
        setting.instead,
        evidence=(setting.evidence,),
        link=setting.link,
        related=related,
        also=tuple(spellings),
    )
