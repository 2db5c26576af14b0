"""The folders: the model store, which two programs read differently, and the workflow store."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.observed.remark import Remark
from wizard.servers.torchserve.properties import Property
from wizard.servers.torchserve.reading.config import Config
from wizard.servers.torchserve.reading.rules.remarks import say
from wizard.servers.torchserve.reading.seen import WORKFLOW_KEY_SINCE, Seen

_WINDOWS = regex(r"[A-Za-z]:[\\/]")


def find(seen: Seen, config: Config) -> Iterator[Remark]:
    """Remarks about model_store and workflow_store."""
    entry = config.lines.get("model_store")  # the launcher reads no variable for it
    if entry is not None:
        yield from _store(config, entry)
    elif not seen.store_flag and not _misspelt(config) and not config.part.more:
        yield Remark("TS-STORE-UNSET", config.part.source, None)
    if config.foreign or "workflow_store" in config.unknown:
        return
    workflows = config.values.get("workflow_store")
    if (workflows is None and config.part.more) or (seen.launch and seen.launch.flag("--workflow-store")):
        return
    if workflows is None:
        yield Remark("TS-WORKFLOWS-UNSET", config.part.source, None, api="management")
    elif entry is not None and workflows.value.rstrip("/") == entry.value.rstrip("/"):
        yield say("TS-WORKFLOWS-SAME", config, workflows, api="management")
    elif seen.release < WORKFLOW_KEY_SINCE and seen.launch is not None:
        yield say("TS-WORKFLOWS-UNREAD", config, workflows, api="management")


def _misspelt(config: Config) -> bool:
    return any(key.lower().replace("-", "_").replace(".", "_") == "model_store" for key in config.values)


def _store(config: Config, entry: Property) -> Iterator[Remark]:
    launcher = config.launcher.get("model_store")
    typed = launcher.value if launcher else ""
    if launcher is None:
        yield say("TS-STORE-SYNTAX", config, entry, problem="it has to be written with an equals sign")
    elif re.search(r"\$[\w{$]", typed):
        yield say("TS-STORE-SYNTAX", config, entry, problem="variables are not filled in there")
    elif typed.startswith("~"):
        yield say("TS-STORE-SYNTAX", config, entry, problem="~ is not filled in")
    elif typed[:1] in "\"'" and typed:
        yield say("TS-STORE-SYNTAX", config, entry, problem="the quotes become part of the path")
    elif _WINDOWS.match(typed):
        yield say("TS-STORE-WINDOWS", config, entry)
    elif "\\" in typed:
        yield say("TS-STORE-SYNTAX", config, entry, problem="no escapes and no continued lines are understood")
    elif typed and not typed.startswith("/"):
        yield say("TS-STORE-RELATIVE", config, entry)
