"""Read one SavedModel directory: tags, signatures, TensorFlow version, ops, variables. No TensorFlow needed."""

from __future__ import annotations

import os
import re
from pathlib import Path

from wizard.fast_start import regex
from wizard.models import disk
from wizard.models.names import printable
from wizard.models.problems import Maker, lfs_problem
from wizard.models.report import Problem
from wizard.servers.tensorflow_serving.models import ops
from wizard.servers.tensorflow_serving.models.graph import Graph, read_graphs
from wizard.servers.tensorflow_serving.models.values import Version
from wizard.servers.tensorflow_serving.models.wire import WireError, WireField, WireFile

_problem = Maker(__package__)

PB, PBTXT, CPB, TFLITE = "saved_model.pb", "saved_model.pbtxt", "saved_model.cpb", "model.tflite"
GRAPH_FILES = frozenset({PB, PBTXT, CPB})
SERVE = ("serve",)
DEFAULT_SIGNATURE = "serving_default"

_SHARD = regex(r"variables\.data-(\d{5})-of-(\d{5})", re.ASCII)


def _ops(wire: WireFile, at: WireField | None) -> set[str]:
    """The ops worth naming, as far as the graph is searched."""
    found: set[str] = set()
    if at is None:
        return found
    end = min(at.end, at.start + ops.SCAN_LIMIT)
    for chunk in wire.chunks(at.start, end, overlap=ops.LONGEST):
        found |= ops.ops_in(chunk)
    return found


def _who(directory: Path, number: int | None) -> str:
    name = printable(directory.name)
    return f"The model in {name}" if number is None else f"Version {name}"


def _unreadable(directory: Path, why: str) -> Problem:
    return _problem("savedmodel-unreadable", f"{printable(directory.name)}/{PB} cannot be read: {why}.")


def _variables(directory: Path, used: bool, who: str) -> list[Problem]:
    """What is wrong with the files of its variables."""
    there = disk.try_listing(directory / "variables")
    names = there.names() if there else frozenset()
    has_index = "variables.index" in names
    shards = [m for m in map(_SHARD.fullmatch, names) if m]
    missing = ""
    if has_index or shards:
        total = int(shards[0][2]) if shards else 0
        if not has_index:
            missing = "variables/variables.index is missing"
        elif not shards or len({m[1] for m in shards}) < total:
            missing = f"variables/ holds {len(shards)} of {total or 'its'} data files"
    elif used:
        missing = "the graph has variables but there is no variables/ folder with their values"
    if not missing:
        return []
    return [_problem("variables-missing", f"{who} is not whole: {missing}.")]


def _tag_problem(tag_sets: tuple[tuple[str, ...], ...], who: str) -> list[Problem]:
    if not tag_sets or any(set(tags) == set(SERVE) for tags in tag_sets):
        return []
    found = " or ".join("{" + printable(", ".join(tags)) + "}" for tags in tag_sets[:5])
    flag = f", or start the server with --saved_model_tags={printable(','.join(tag_sets[0]))}"
    return [
        _problem(
            "no-serve-tag",
            f"{who} has no graph with just the tag 'serve'; it has {found}.",
            instead=f"Export it for serving{flag if tag_sets[0] else ''}.",
        )
    ]


def _signature_problem(graph: Graph, who: str) -> list[Problem]:
    if not graph.signatures:
        return [_problem("no-signatures", f"{who} has no signature, so nothing in it can be called.")]
    if DEFAULT_SIGNATURE not in graph.signatures:
        return [
            _problem(
                "no-default-signature",
                f"{who} has no signature called {DEFAULT_SIGNATURE}.",
                instead=f'Put "signature_name": "{printable(sorted(graph.signatures)[0])}" into each request.',
            )
        ]
    return []


def _ops_problem(found: dict[str, str], who: str) -> list[Problem]:
    if not found:
        return []
    listed = "; ".join(f"{op} {what}" for op, what in sorted(found.items()))
    return [_problem("risky-ops", f"{who} uses operations that reach outside the model: {listed}.")]


def _parse(directory: Path, number: int | None) -> Version:
    who = _who(directory, number)
    with disk.open_regular(directory / PB) as file:
        size = os.fstat(file.fileno()).st_size
        wire = WireFile(file, size)
        graphs = read_graphs(wire)
        if not graphs:
            raise WireError("it holds no model" if size else "it is empty")
        graph = next((g for g in graphs if set(g.tags) == set(SERVE)), graphs[0])
        found = _ops(wire, graph.definition)
    risky = {op: ops.RISKY[op] for op in sorted(found) if op in ops.RISKY}
    tag_sets = tuple(tuple(sorted(set(g.tags))) for g in graphs)
    problems = [
        *_variables(directory, bool(found & ops.VARIABLE_OPS), who),
        *_tag_problem(tag_sets, who),
        *_signature_problem(graph, who),
        *_ops_problem(risky, who),
    ]
    return Version(
        number=number,
        directory=directory,
        tags=tuple(sorted(set(graph.tags))),
        signatures=dict(sorted(graph.signatures.items())),
        tf_version=graph.tf_version,
        problems=tuple(problems),
    )


def _unparsed(directory: Path, number: int | None, why: str, problem: Problem) -> Version:
    problems = (problem, *_variables(directory, used=False, who=_who(directory, number)))
    return Version(number, directory, unread=why, problems=problems)


def _other_forms(directory: Path, number: int | None, names: frozenset[str]) -> Version | None:
    """A version without saved_model.pb, but with something else that a server may load."""
    who = _who(directory, number)
    if names & {PBTXT, CPB}:
        which = PBTXT if PBTXT in names else CPB
        return _unparsed(
            directory,
            number,
            f"{which} is not read here",
            _problem(
                "savedmodel-form-not-read",
                f"{who} is stored as {which}, which the wizard cannot read.",
            ),
        )
    if TFLITE in names:
        return _unparsed(
            directory,
            number,
            f"{TFLITE} is not read here",
            _problem("only-tflite", f"{who} holds only {TFLITE}."),
        )
    return None


def read_version(directory: Path, number: int | None) -> Version | None:
    """Read a directory that should hold a SavedModel; None if it does not look like one at all."""
    there = disk.try_listing(directory)
    names = there.names() if there else frozenset()
    if PB not in names:
        return _other_forms(directory, number, names)
    if disk.is_lfs_pointer(directory / PB):
        return _unparsed(directory, number, "git-lfs pointer", lfs_problem(directory / PB))
    try:
        return _parse(directory, number)
    except WireError as error:
        why = str(error)
    except PermissionError:
        why = "this user may not read it"
    except OSError as error:
        why = error.strerror or str(error)
    return _unparsed(directory, number, why, _unreadable(directory, why))
