"""Rules for every server: images, volumes, health checks, users."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Container, Iterator, Sequence

from wizard.check import holders, ports, unit_commands, unread
from wizard.check.holders.misplaced import LATE
from wizard.check.holders.units import OF_USER
from wizard.fast_start import regex
from wizard.formats.image_name import image_name
from wizard.observed.remark import Edit, Remark, shortened
from wizard.observed.seen import Observed, Reading
from wizard.observed.start import CUT, INSTALLS, NO_INSTRUCTION, TORN, Health, Mounted, Start
from wizard.severity import Severity

_FLOATING = regex(r"^(latest|nightly|main|master|edge|stable|dev|devel)([.-].*)?$")
_FETCHERS = frozenset({"curl", "wget"})


def find(observed: Observed, reading: Reading, said: Container[int | None] = ()) -> Iterator[Remark]:
    """Mistakes possible in the start of any server. `said`: places that the server's own rules already mention."""
    start = observed.start
    if start is None:
        return
    yield from _image(observed, start, reading)
    outer = start.outer
    if outer.holder == "compose":
        yield from _keys(outer)
    if start.holder == "dockerfile":
        yield from _instructions(start)
    if outer.holder == "docker-run":
        yield from _options(outer)
    cut = outer.option(CUT)
    if cut is not None:
        yield Remark("RUN-LINE-CUT", outer.source, cut[1], edits=_closed(outer, cut[1]))
    late = outer.option(LATE)
    if late is not None:
        yield Remark("RUN-LATE-OPTION", outer.source, late[1], {"option": late[0], "title": observed.title})
    torn = outer.option(TORN)
    if torn is not None:
        yield Remark("RUN-LINE-TORN", outer.source, torn[1], edits=_continued(outer, torn[1]))
    if start.contained:
        yield from ports.find(observed, start)
        yield from _volumes(observed, outer)
        yield from _rights(start, observed)
        yield from unread.find(start, reading, said)
        yield from unread.outside(observed, outer, reading)
    if start.health is not None and start.health.start not in said:
        yield from _health(observed, start)
        yield from ports.probed(observed, start)
    yield from _user(observed, start)
    yield from unit_commands.find(start, said)


def one_word(start: Start, readings: Sequence[Reading]) -> tuple[str, Remark] | None:
    """(server, remark) about a whole command line written where only a program's name belongs.

    An unknown entrypoint may split the words it is given, so nothing is said about those.
    """
    words = start.entrypoint or (start.command if start.bare or start.entrypoint is not None else None)
    if not start.contained or start.shell_form or not words or " " not in words[0].text.strip():
        return None
    program = words[0].text.split()[0].rpartition("/")[2]
    server = next((each.server for each in readings if program in each.names.programs), "")
    shown = shortened(words[0].text)
    return (server, Remark("RUN-ONE-WORD", start.source, words[0].start, {"words": shown})) if server else None


def _keys(start: Start) -> Iterator[Remark]:
    for key, at in start.every("unknown key"):
        near = difflib.get_close_matches(key, holders.compose_keys.service_keys(), 1, 0.75)
        instead = f"Write {near[0]}." if near else "Remove it, or begin its name with x-."
        yield Remark("RUN-COMPOSE-KEY", start.source, at, {"key": key, "instead": instead})


def _options(start: Start) -> Iterator[Remark]:
    """No engine option contains an underscore; those of servers may."""
    for name, _, at in start.options:
        if name.startswith("--") and "_" in name:
            yield Remark("RUN-OPTION", start.source, at, {"name": name})
            return


def _continued(start: Start, at: int) -> tuple[Edit, ...]:
    """With the backslash; none where the whole command would let others in, which so far it does not."""
    text = start.source.text
    end = text.find("\n", at)
    blanks = text[at:end].rstrip("\r") if end >= 0 else "-"
    here = start.network != "host" and all(publish.loopback for publish in start.publishes)
    return (Edit(at, at + len(blanks), " \\"),) if here and not blanks.strip() else ()


def _closed(start: Start, at: int) -> tuple[Edit, ...]:
    """The text without the blanks; not if there is a comment, which could not stay and must not be lost."""
    text = start.source.text
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    blanks = text[at + 1 : end].rstrip("\r")
    return () if blanks.strip() else (Edit(at + 1, at + 1 + len(blanks), ""),)


def _instructions(start: Start) -> Iterator[Remark]:
    found = start.option(NO_INSTRUCTION)
    if found is not None:
        yield Remark("RUN-INSTRUCTION", start.source, found[1], {"word": found[0]})


def at_home(start: Start, reading: Reading) -> Start:
    """A start of an official image, or of one built on it, with what is put into it given by full paths."""
    if start.working_dir.startswith("/") or not start.named.is_one_of(reading.names.images):
        return start
    home = posixpath.join(reading.names.home, start.working_dir)
    mounts = (
        m._replace(target=posixpath.normpath(posixpath.join(home, m.target))) if m.target[:1] not in "/$\\" else m
        for m in start.mounts
    )
    return start._replace(mounts=tuple(mounts))


def _image(observed: Observed, start: Start, reading: Reading) -> Iterator[Remark]:
    word = start.image
    if word is None or word.expands or (start.built and start.holder != "dockerfile"):
        return
    name, tag = named = image_name(word.text)
    if not named.is_one_of(reading.names.images):
        return
    if re.search(r"\s", word.text):
        yield Remark("RUN-IMAGE-NAME", start.source, word.start, {"image": word.text})
    elif "@" not in word.text and (not tag or _FLOATING.match(tag) or not re.search(reading.names.release, tag)):
        shown = tag or "none, which means latest"
        yield Remark(
            "RUN-IMAGE-FLOATS",
            start.source,
            word.start,
            {"image": name, "tag": shown, "title": observed.title},
        )


def _volumes(observed: Observed, start: Start) -> Iterator[Remark]:
    if start.holder not in ("docker-run", "compose"):
        return
    for mount in start.mounts:
        fills = {"source": mount.source, "target": mount.target}
        bare = (
            not mount.open
            and mount.source
            and mount.source[0] not in "./~\\"
            and not re.match(r"[A-Za-z]:", mount.source)
        )
        if mount.kind == "bind" and bare and "/" in mount.source and not mount.declared:
            edits = (Edit(mount.at, mount.at, "./"),)
            yield Remark("RUN-VOLUME-SLASH", start.source, mount.start, fills, edits=edits)
        elif mount.kind == "volume" and not mount.declared and bare and start.option("volumes declared"):
            yield Remark("RUN-VOLUME-UNDECLARED", start.source, mount.start, fills)
        elif mount.kind == "volume" and not mount.declared and bare and _filled(observed, mount):
            yield Remark("RUN-VOLUME-NAMED", start.source, mount.start, fills)
        elif mount.kind == "bind" and _stray_root(mount):
            yield Remark("RUN-VOLUME-ROOT", start.source, mount.start, fills)


def _filled(observed: Observed, mount: Mounted) -> bool:
    return any(f"{mount.target}/".startswith(f"{f}/") or f.startswith(f"{mount.target}/") for f in observed.folders)


def _stray_root(mount: Mounted) -> bool:
    """A file directly below / on this machine, where ./file was probably meant."""
    return re.fullmatch(r"/[\w.-]+\.[A-Za-z]\w*", mount.source) is not None


def _rights(start: Start, observed: Observed) -> Iterator[Remark]:
    for mount in start.mounts:
        if mount.source.rstrip("/").endswith("docker.sock"):
            yield Remark("RUN-DOCKER-SOCKET", start.place(mount), mount.start, {"title": observed.title})
    outer = start.outer
    privileged = outer.option("privileged") or outer.option("--privileged")
    if privileged is not None and privileged[0].lower() in ("true", ""):
        yield Remark("RUN-PRIVILEGED", outer.source, privileged[1], {"title": observed.title})


def _health(observed: Observed, start: Start) -> Iterator[Remark]:
    health = start.health
    if health is None or observed.tools is None or not health.words:
        return
    tool = _tool(health)
    installed = any(value == tool for value, _ in start.every(INSTALLS))
    if tool in _FETCHERS and tool not in observed.tools and not installed:
        severity: Severity = "functional" if health.awaited else "medium"
        fills = {"tool": tool, "title": observed.title}
        yield Remark("RUN-HEALTH-TOOL", start.place(health), health.start, fills, severity)


def _tool(health: Health) -> str:
    for word in health.words:
        name = word.file_name
        if name in _FETCHERS:
            return name
        if " " in word.text:
            found = re.search(r"(?:^|[\s;&|(])(?:/\S*/)?(curl|wget)\s", word.text)
            return found[1] if found else ""
    return ""


_NAMED_BY = {"compose": "user:", "docker-run": "--user", "kubernetes": "runAsUser"}
"""What names the user in each kind of file; if it is missing, the image's own user applies."""


def _user(observed: Observed, start: Start) -> Iterator[Remark]:
    if start.holder == "systemd" and start.command and start.user is None and start.option(OF_USER) is None:
        yield Remark("RUN-UNIT-ROOT", start.source, start.command_at, {"title": observed.title})
    user = start.user.text.partition(":")[0] if start.user is not None else ""
    if start.user is not None and user in ("root", "0") and observed.image_user and start.contained:
        said = start.service if start.service is not None and start.service.user is not None else start
        instruction = said.option("USER") if said.user_source is not None or said.holder == "dockerfile" else None
        advice = (
            f"End with USER {observed.image_user}" if instruction else f"Leave {_NAMED_BY.get(said.holder, 'it')} out"
        )
        fills = {"title": observed.title, "user": observed.image_user, "advice": advice}
        yield Remark(
            "RUN-IMAGE-ROOT",
            said.user_source or said.source,
            instruction[1] if instruction else start.user.start,
            fills,
        )
