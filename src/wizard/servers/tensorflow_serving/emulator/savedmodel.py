"""Load a SavedModel: find its file, choose the graph by tags, restore variables, answer what it can be asked.

The error texts were measured with the C++ loader of tensorflow-cpu 2.20.0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.protobuf import text_format
from google.protobuf.message import DecodeError

from . import log
from .bundle import varint
from .graph import RunnableGraph
from .protos import message
from .status import Code, StatusError, from_os_error, invalid
from .tensor import STRING, TensorValue, from_proto

DEFAULT_SIGNATURE = "serving_default"


class LoadedModel:
    """One loaded version: `signatures` maps names to SignatureDef messages."""

    def __init__(self, path: str, tags: list[str]) -> None:
        meta_graph = _choose(_parse(path), tags)
        self.signatures: dict[str, Any] = dict(meta_graph.signature_def)
        self._graph = RunnableGraph.of(meta_graph.graph_def)
        self._unsupported = {
            name: self._graph.unsupported(info.name for info in signature.outputs.values())
            for name, signature in self.signatures.items()
        }
        self._restore(path, meta_graph.saver_def)

    def _restore(self, path: str, saver: Any) -> None:
        """Fill the variables by running the model's own restore function, unless nothing here could use them."""
        prefix = f"{path}/variables/variables"
        if not saver.restore_op_name:
            return
        if not Path(f"{prefix}.index").exists():
            log.info(
                "tensorflow/cc/saved_model/loader.cc",
                "The specified SavedModel has no variables; no checkpoints were restored. "
                f"File does not exist: {prefix}.index",
            )
            return
        if any(self._unsupported.values()) or self._graph.unsupported([saver.restore_op_name]):
            log.emulator(f"{path}: the variables are not read, this graph cannot be evaluated here")
            return
        filename = TensorValue(STRING, (), (prefix.encode("utf-8", "surrogateescape"),))
        try:
            self._graph.execute({saver.filename_tensor_name: filename}, saver.restore_op_name)
        except StatusError as problem:
            where = "\n\t [[{{node RestoreV2}}]]"
            raise StatusError(problem.code, problem.message + where) from None

    def predict(self, signature_name: str, inputs: dict[str, TensorValue]) -> dict[str, TensorValue]:
        """Run one signature; raises StatusError as predict_util.cc does, or UNIMPLEMENTED for a foreign graph."""
        signature = self.signatures.get(signature_name)
        if signature is None:
            key = f'Serving signature key "{signature_name}" not found.'
            raise StatusError(Code.FAILED_PRECONDITION, key)
        _check_names(signature, inputs)
        foreign = self._unsupported[signature_name]
        if foreign:
            raise StatusError(
                Code.UNIMPLEMENTED,
                "This is the Serving Wizard emulator, not TensorFlow Serving: it cannot evaluate the operations "
                f"{', '.join(foreign)} of this graph, and it makes no result up.",
            )
        feeds = {}
        for alias, info in signature.inputs.items():
            feeds[info.name] = inputs[alias] if alias in inputs else from_proto(signature.defaults[alias])
        aliases = sorted(signature.outputs)
        results = self._graph.run(feeds, [signature.outputs[alias].name for alias in aliases])
        return dict(zip(aliases, results, strict=True))


def _check_names(signature: Any, inputs: dict[str, TensorValue]) -> None:
    wanted, given = set(signature.inputs), set(inputs)
    if len(given) > len(wanted) or (len(given) < len(wanted) and not signature.defaults):
        raise invalid(
            f"input size does not match signature: {len(given)}!={len(wanted)} "
            f"len({_braces(given)}) != len({_braces(wanted)}). Sent extra: {_braces(given - wanted)}. "
            f"Missing but required: {_braces(wanted - given)}."
        )
    for alias in sorted(wanted - given - set(signature.defaults)):
        raise invalid(
            f"Signature input alias: {alias}(feed name: {signature.inputs[alias].name}) not found in request and no "
            f"default value provided. Inputs expected to be in the request {_braces(given)}, "
            f"or default input alias set: {','.join(sorted(signature.defaults))}"
        )
    if given - wanted:
        used = ",".join(sorted(given & wanted))
        raise invalid(
            f"Inputs contains invalid name. Used request inputs: {used}, request input: {','.join(sorted(given))}"
        )


def _braces(names: set[str]) -> str:
    return "{" + ",".join(sorted(names)) + "}"


def _parse(path: str) -> Any:
    binary, text = Path(path, "saved_model.pb"), Path(path, "saved_model.pbtxt")
    if Path(path, "saved_model.cpb").exists() and not binary.exists():
        raise StatusError(Code.UNIMPLEMENTED, "the emulator does not read saved_model.cpb")
    if not binary.exists() and not text.exists():
        raise StatusError(
            Code.NOT_FOUND,
            f"Could not find SavedModel .pb or .pbtxt at supplied export directory path: {path}. "
            "Check that the directory exists and that you have the right permissions for accessing it.",
        )
    if not binary.exists():
        return _parse_text(text)
    if binary.is_dir():
        return message("tensorflow.SavedModel")()  # read as empty by the real loader, so that no graph matches
    try:
        data = binary.read_bytes()
    except OSError as problem:
        raise from_os_error(problem, str(binary)) from None
    try:
        return message("tensorflow.SavedModel").FromString(data)
    except DecodeError:
        if _is_cut_short(data):
            raise StatusError(Code.OUT_OF_RANGE, "Read less bytes than requested") from None
        raise StatusError(Code.DATA_LOSS, f"Can't parse {binary} as binary proto") from None


def _parse_text(path: Path) -> Any:
    try:
        return text_format.Parse(path.read_bytes(), message("tensorflow.SavedModel")(), allow_unknown_field=True)
    except OSError as problem:
        raise from_os_error(problem, str(path)) from None
    except (text_format.ParseError, UnicodeDecodeError) as problem:
        log.emulator(f"Error parsing text-format tensorflow.SavedModel: {problem}", "E")
        raise StatusError(Code.OUT_OF_RANGE, "Read less bytes than requested") from None


def _is_cut_short(data: bytes) -> bool:
    """Tell whether the outermost fields run past the end of the file, as they do in a half-copied one."""
    at = 0
    try:
        while at < len(data):
            key, at = varint(data, at)
            kind = key & 7
            if key < 8 or kind not in (0, 1, 2, 5):
                return False
            length, at = varint(data, at) if kind in (0, 2) else (0, at + (8 if kind == 1 else 4))
            at += length if kind == 2 else 0
    except IndexError:
        return True
    return at > len(data)


def _choose(saved_model: Any, tags: list[str]) -> Any:
    for meta_graph in saved_model.meta_graphs:
        if set(meta_graph.meta_info_def.tags) == set(tags):
            return meta_graph
    raise StatusError(
        Code.NOT_FOUND,
        f"Could not find meta graph def matching supplied tags: {{ {' '.join(tags)} }}. To inspect available tag-sets "
        "in the SavedModel, please use the SavedModel CLI: `saved_model_cli`",
    )
