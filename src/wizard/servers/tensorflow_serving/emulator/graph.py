"""Evaluate small TensorFlow graphs: arithmetic, string joins, variables and functions. Nothing is ever guessed.

A graph with any other operation is refused with the names of those operations. Error texts were measured with the
runtime of tensorflow-cpu 2.20.0 on the bundled samples.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import tensor
from .bundle import Bundle
from .status import Code, StatusError, invalid
from .tensor import TensorValue

Value = TensorValue | str  # a str is a handle to the variable of that name
_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_MAX_DEPTH = 50


@dataclass(slots=True)
class RunnableGraph:
    """Nodes by name, functions by name, and the variables' present values."""

    nodes: Mapping[str, Any]
    functions: Mapping[str, Any]
    variables: dict[str, TensorValue] = field(default_factory=dict)

    @classmethod
    def of(cls, graph_def: Any) -> RunnableGraph:
        """Index a GraphDef."""
        functions = {function.signature.name: function for function in graph_def.library.function}
        return cls({node.name: node for node in graph_def.node}, functions)

    def unsupported(self, fetches: Iterable[str]) -> list[str]:
        """Return the operations needed for `fetches` that cannot be evaluated here, sorted."""
        missing: set[str] = set()
        seen: set[tuple[str, str]] = set()
        todo = [("", _reference(name)[0]) for name in fetches]
        while todo:
            here = scope, name = todo.pop()
            if here in seen:
                continue
            seen.add(here)
            nodes = self._nodes(scope)
            node = nodes.get(name)
            if node is None:
                continue  # an argument of the function, or a name that does not exist: found out when it runs
            todo += [(scope, _reference(source)[0]) for source in node.input]
            if node.op in _CALLS:
                function = self.functions.get(node.attr["f"].func.name)
                if function is None:
                    missing.add(node.attr["f"].func.name)
                    continue
                ends = [*function.ret.values(), *function.control_ret.values()]
                todo += [(function.signature.name, _reference(end)[0]) for end in ends]
            elif node.op not in _OPERATIONS:
                missing.add(node.op)
        return sorted(missing)

    def _nodes(self, scope: str) -> Mapping[str, Any]:
        if not scope:
            return self.nodes
        return {node.name: node for node in self.functions[scope].node_def}

    def run(self, feeds: Mapping[str, TensorValue], fetches: list[str]) -> list[TensorValue]:
        """Evaluate `fetches` (`node:index`) with `feeds` put in place of their nodes."""
        fed: dict[str, list[Value]] = {_reference(name)[0]: [value] for name, value in feeds.items()}
        values = _Run(self, self.nodes, fed, 0).fetch(fetches)
        results = [value for value in values if isinstance(value, TensorValue)]
        if len(results) != len(fetches):
            raise invalid("a resource handle cannot be an output")
        return results

    def execute(self, feeds: Mapping[str, TensorValue], node: str) -> None:
        """Evaluate a node for its effect on the variables."""
        fed: dict[str, list[Value]] = {_reference(name)[0]: [value] for name, value in feeds.items()}
        _Run(self, self.nodes, fed, 0).evaluate([_reference(node)[0]])


def _reference(name: str) -> tuple[str, int]:
    """Split `node`, `node:1`, `node:output:1` or `^node` into the node's name and the output's number."""
    parts = name.lstrip("^").split(":")
    return parts[0], int(parts[-1]) if parts[-1].isdigit() and len(parts) > 1 else 0


class _Run:
    """One evaluation of a graph or of one function's body."""

    def __init__(self, graph: RunnableGraph, nodes: Mapping[str, Any], fed: dict[str, list[Value]], depth: int) -> None:
        self.graph = graph
        self.nodes = nodes
        self.done = fed
        self.depth = depth

    def fetch(self, names: Iterable[str]) -> list[Value]:
        wanted = [_reference(name) for name in names]
        self.evaluate([name for name, _ in wanted])
        return [self._output(name, index) for name, index in wanted]

    def evaluate(self, wanted: list[str]) -> None:
        """Evaluate nodes and everything they depend on."""
        stack = list(wanted)
        opened: set[str] = set()
        while stack:
            name = stack[-1]
            if name in self.done:
                stack.pop()
                continue
            node = self.nodes.get(name)
            if node is None:
                raise StatusError(Code.NOT_FOUND, f"node {name} does not exist in the graph")
            sources = [_reference(source)[0] for source in node.input]
            missing = [source for source in sources if source not in self.done]
            if missing:
                if name in opened:
                    raise invalid(f"the graph has a cycle through {name}")
                opened.add(name)
                stack.extend(missing)
                continue
            self.done[name] = self._evaluate(node)
            stack.pop()

    def _output(self, name: str, index: int) -> Value:
        values = self.done[name]
        if index >= len(values):
            raise invalid(f"node {name} has no output {index}")
        return values[index]

    def _evaluate(self, node: Any) -> list[Value]:
        inputs = [self._output(*_reference(source)) for source in node.input if not source.startswith("^")]
        if node.op in _CALLS:
            return self._call(node, inputs)
        operation = _OPERATIONS.get(node.op)
        if operation is None:
            raise StatusError(Code.UNIMPLEMENTED, f"the emulator does not evaluate the operation {node.op}")
        return operation(self.graph, node, inputs)

    def _call(self, node: Any, inputs: list[Value]) -> list[Value]:
        function = self.graph.functions.get(node.attr["f"].func.name)
        if function is None or self.depth > _MAX_DEPTH:
            raise invalid(f"function {node.attr['f'].func.name} is missing or calls itself too deeply")
        for index, (value, expected) in enumerate(zip(inputs, node.attr["Tin"].list.type, strict=False)):
            if isinstance(value, TensorValue) and value.dtype != expected:
                names = tensor.dtype_name(expected), tensor.dtype_name(value.dtype)
                raise invalid(f"Expects arg[{index}] to be {names[0]} but {names[1]} is provided")
        arguments = [argument.name for argument in function.signature.input_arg]
        fed: dict[str, list[Value]] = {name: [value] for name, value in zip(arguments, inputs, strict=False)}
        body = {inner.name: inner for inner in function.node_def}
        run = _Run(self.graph, body, fed, self.depth + 1)
        results = run.fetch(function.ret[output.name] for output in function.signature.output_arg)
        run.evaluate([_reference(node)[0] for node in function.control_ret.values()])
        return results


Operation = Callable[[RunnableGraph, Any, list[Value]], list[Value]]


def _placeholder(_graph: RunnableGraph, node: Any, _inputs: list[Value]) -> list[Value]:
    shape = node.attr["shape"].shape
    sizes = ",".join("?" if dim.size < 0 else str(dim.size) for dim in shape.dim)
    text = "<unknown>" if shape.unknown_rank else f"[{sizes}]"
    kind = tensor.dtype_name(node.attr["dtype"].type)
    raise invalid(
        f"You must feed a value for placeholder tensor '{node.name}' with dtype {kind} and shape {text}"
        f"\n\t [[{{{{node {node.name}}}}}]]"
    )


def _constant(_graph: RunnableGraph, node: Any, _inputs: list[Value]) -> list[Value]:
    return [tensor.from_proto(node.attr["value"].tensor)]


def _identity(_graph: RunnableGraph, _node: Any, inputs: list[Value]) -> list[Value]:
    return inputs[:1]


def _nothing(_graph: RunnableGraph, _node: Any, _inputs: list[Value]) -> list[Value]:
    return []


def _variable(_graph: RunnableGraph, node: Any, _inputs: list[Value]) -> list[Value]:
    return [node.attr["shared_name"].s.decode("utf-8", "replace") or node.name]


def _read_variable(graph: RunnableGraph, _node: Any, inputs: list[Value]) -> list[Value]:
    name = str(inputs[0])
    if name not in graph.variables:
        raise StatusError(Code.FAILED_PRECONDITION, f"Could not find variable {name}.")
    return [graph.variables[name]]


def _assign_variable(graph: RunnableGraph, _node: Any, inputs: list[Value]) -> list[Value]:
    handle, value = inputs
    if isinstance(handle, str) and isinstance(value, TensorValue):
        graph.variables[handle] = value
    return []


def _restore(_graph: RunnableGraph, _node: Any, inputs: list[Value]) -> list[Value]:
    prefix, names = inputs[0], inputs[1]
    if not isinstance(prefix, TensorValue) or not isinstance(names, TensorValue):
        raise invalid("RestoreV2 takes a prefix and names")
    bundle = Bundle(prefix.values[0].decode("utf-8", "surrogateescape"))
    return [bundle.read(name.decode("utf-8", "replace")) for name in names.values]


def _join(_graph: RunnableGraph, node: Any, inputs: list[Value]) -> list[Value]:
    separator = node.attr["separator"].s
    parts = [value for value in inputs if isinstance(value, TensorValue)]
    result = parts[0]
    for part in parts[1:]:
        result = _elementwise(node, lambda a, b: a + separator + b, result, part)
    return [result]


def _binary(function: Callable[[Any, Any], Any]) -> Operation:
    def operation(_graph: RunnableGraph, node: Any, inputs: list[Value]) -> list[Value]:
        left, right = inputs
        if not isinstance(left, TensorValue) or not isinstance(right, TensorValue):
            raise invalid(f"{node.op} takes two tensors")
        return [_elementwise(node, function, left, right)]

    return operation


def _elementwise(node: Any, function: Callable[[Any, Any], Any], left: TensorValue, right: TensorValue) -> TensorValue:
    paired = tensor.broadcast(left, right)
    if paired is None:
        shapes = f"{tensor.shape_text(left.shape)} vs. {tensor.shape_text(right.shape)}"
        raise invalid(f"Incompatible shapes: {shapes}\n\t [[{{{{node {node.name}}}}}]]")
    shape, pairs = paired
    return TensorValue(left.dtype, shape, tuple(tensor.fit(left.dtype, function(a, b)) for a, b in pairs))


_OPERATIONS: dict[str, Operation] = {
    "Placeholder": _placeholder,
    "Const": _constant,
    "Identity": _identity,
    "NoOp": _nothing,
    "VarHandleOp": _variable,
    "ReadVariableOp": _read_variable,
    "AssignVariableOp": _assign_variable,
    "RestoreV2": _restore,
    "StringJoin": _join,
    "Add": _binary(operator.add),
    "AddV2": _binary(operator.add),
    "Sub": _binary(operator.sub),
    "Mul": _binary(operator.mul),
}
