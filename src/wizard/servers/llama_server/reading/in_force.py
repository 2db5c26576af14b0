"""Which settings are in force, for `explain` of a file: flags and variables, and which of them win."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.observed.seen import Setting
from wizard.servers.llama_server import flags
from wizard.servers.llama_server.reading.launch import Given
from wizard.servers.llama_server.reading.presets import ALL, PresetLine
from wizard.servers.llama_server.reading.seen import Seen
from wizard.servers.llama_server.reading.variables import Placed


def rows(seen: Seen, image: str) -> Iterator[Setting]:
    """Each setting with its value and whether that value applies. Secrets are not shown."""
    if image == "server":
        yield _of_image(seen)
    for placed in seen.placed:
        yield from _variable(seen, placed)
    yield from _of_presets(seen)
    if seen.launch is None or seen.start is None:
        return
    source = seen.start.source
    for given in seen.launch.given:
        by = "" if _counts(seen, given) else "a later flag"
        yield Setting(given.flag.name, _shown(given), "flag", source, given.word.start, not by, by)
    for unknown in seen.launch.unknown:
        text = " ".join(word.text for word in unknown.values)
        yield Setting(unknown.word.text, text, "flag", source, unknown.word.start, False, "", False)


def _of_presets(seen: Seen) -> Iterator[Setting]:
    """The keys of lists of models: the router's own command line wins, then a model's section, then that of all."""
    for found in seen.presets:
        own = {(name, flag): entry for name, _ in found.models() for flag, entry in found.of(name).items()}
        for entry in found.entries:
            name = f"[{entry.section}] {entry.key}" if entry.section else entry.key
            if entry.flag is None:
                yield Setting(name, entry.value, "file", found.part.source, entry.at, False, "", False)
                continue
            over = _beaten(seen, entry, [each for (_, flag), each in own.items() if flag == entry.flag.name])
            shown = "***" if entry.flag.value == "secret" and entry.value else entry.value
            yield Setting(name, shown, "file", found.part.source, entry.at, not over, over)


def _beaten(seen: Seen, entry: PresetLine, counting: list[PresetLine]) -> str:
    """What counts instead of a key, "" if it counts for at least one model."""
    flag = entry.flag.name if entry.flag is not None else ""
    given = seen.values.get(flag)
    if given is not None and given.layer == "flag":
        return f"the flag {flag}"
    if entry.section and counting and entry not in counting:
        return "each section's own" if entry.section == ALL else "a later line"
    return ""


def _of_image(seen: Seen) -> Setting:
    host = seen.values.get("--host")
    over = host is not None and host.layer != "image"
    by = "" if not over or host is None else "a variable" if host.layer == "environment" else "the flag --host"
    return Setting("LLAMA_ARG_HOST", "0.0.0.0", "image", None, 0, not over, by)


def _variable(seen: Seen, placed: Placed) -> Iterator[Setting]:
    variable, source = placed
    flag, _ = flags.variables().get(variable.name, (None, True))
    own = variable.name in flags.own_variables()
    if flag is None and not own and not variable.name.startswith("LLAMA_"):
        return
    shown = "***" if flag is not None and flag.value == "secret" and variable.value else variable.value or ""
    by = _over(seen, placed)
    yield Setting(variable.name, shown, "environment", source, variable.start, not by, by, flag is not None or own)


def _over(seen: Seen, placed: Placed) -> str:
    """What applies instead of a variable; "" = the variable itself."""
    variable, source = placed
    flag, _ = flags.variables().get(variable.name, (None, True))
    winner = seen.values.get(flag.name) if flag is not None else None
    if winner is None:
        if variable.name not in flags.own_variables():
            return ""
        later = next(each for each in reversed(seen.placed) if each.variable.name == variable.name)
        return "" if later is placed else "a later one"
    if (flag is not None and flag.adds) or (winner.source is source and winner.at == variable.start):
        return ""
    return f"the flag {winner.flag.name}" if winner.layer == "flag" else "a later one"


def _shown(given: Given) -> str:
    if not given.flag.words:
        return "on" if given.on else "off"
    return "***" if given.flag.value == "secret" and given.text else given.text


def _counts(seen: Seen, given: Given) -> bool:
    found = seen.values.get(given.flag.name)
    return found is not None and (found.at == given.word.start or given.flag.adds)
