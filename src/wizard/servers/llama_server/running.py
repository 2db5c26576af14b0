"""What determines how a running llama-server answers: its build, settings and keys, however it was started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wizard.deployment import Deployment
from wizard.servers.llama_server import flags, layout
from wizard.servers.llama_server.knowledge import knowledge
from wizard.servers.llama_server.process import arguments
from wizard.servers.llama_server.reading.values import keys_in

# Option of the table of routes -> the flag that switches it on.
_SWITCHES = {
    "ui": "--ui",
    "slots": "--slots",
    "metrics": "--metrics",
    "props": "--props",
    "embedding": "--embedding",
    "rerank": "--rerank",
    "proxy": "--ui-mcp-proxy",
}
_TOOLS = ("--tools", "--mcp-servers-config", "--mcp-servers-json")
_MODEL = ("--model", "--model-url", "--hf-repo", "--docker-repo")
_LIST = ("--models-dir", "--models-preset")


@dataclass(frozen=True, slots=True)
class CorsFlags:
    """The values of the four flags, or what builds without them always do."""

    origins: str = "*"
    methods: str = "GET, POST, DELETE, OPTIONS"
    headers: str = "*"
    credentials: bool = True


@dataclass(frozen=True, slots=True)
class Running:
    """A server process, as far as its answers depend on it."""

    build: int
    keys: tuple[str, ...] = ()
    """The keys, of which callers must send one; () = it asks for none."""
    cors: CorsFlags = field(default_factory=CorsFlags)
    prefix: str = ""
    options: frozenset[str] = frozenset({"ui", "slots"})
    """What is switched on, by the names in the table of routes."""


def of(deployment: Deployment) -> Running:
    """The server of a deployment: as its flags configure it, with some key if it asks for one."""
    words = arguments(deployment)
    files = {words[words.index("--api-key-file") + 1]: "a key"} if "--api-key-file" in words else {}
    return of_settings(layout.build(deployment.plan), words, {}, files)


def of_settings(
    build: int, words: Sequence[str], environment: Mapping[str, str], files: Mapping[str, str] | None = None
) -> Running:
    """The server of a command line; `files` holds the text of key files by name."""
    found = flags.settings(words, environment, build)
    options = {name for name, flag in _SWITCHES.items() if _on(found, flag, build)}
    if any(found.get(flag) for flag in _TOOLS):
        options.add("tools")
    if found.get("--agent") == "on":
        options |= {"tools", "proxy"}
    if "rerank" in options:
        options.add("embedding")
    if found.get("--slot-save-path"):
        options.add("slot-save")
    if not any(found.get(flag) for flag in _MODEL):
        options.add("router")
    return Running(
        build=build,
        keys=_keys(words, environment, build, files or {}),
        cors=_cors(found, build, "tools" in options),
        prefix=found.get("--api-prefix", ""),
        options=frozenset(options),
    )


def lists_models(build: int, words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a command line gives several models for callers to choose from."""
    found = flags.settings(words, environment, build)
    return any(found.get(flag) for flag in _LIST)


def _on(found: Mapping[str, str], name: str, build: int) -> bool:
    return found.get(name, flags.flags()[name].default_of(build)) == "on"


def _keys(
    words: Sequence[str], environment: Mapping[str, str], build: int, files: Mapping[str, str]
) -> tuple[str, ...]:
    """Keys add up, wherever they are given: every flag, the variables, and every key file. Empty ones do not count."""
    given = [text for each in flags.every("--api-key", words, environment, build) for text in each.split(",")]
    named = flags.every("--api-key-file", words, environment, build)
    return (*filter(None, given), *(key for name in named for key in keys_in(files.get(name, ""))))


def _cors(found: Mapping[str, str], build: int, tools: bool) -> CorsFlags:
    if not knowledge().has(build, "cors_flags"):
        return CorsFlags(methods="GET, POST")
    usual = CorsFlags(origins="localhost" if tools else "*")
    return CorsFlags(
        origins=found.get("--cors-origins", usual.origins),
        methods=found.get("--cors-methods", usual.methods),
        headers=found.get("--cors-headers", usual.headers),
        credentials=found.get("--cors-credentials", "on") == "on",
    )
