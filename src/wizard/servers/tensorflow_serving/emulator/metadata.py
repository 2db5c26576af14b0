"""The JSON of model status and metadata, laid out as protocol buffers' own JSON writer does."""

from __future__ import annotations

from typing import Any

from .jsonwrite import pretty
from .manager import LoadedVersion
from .protos import message
from .savedmodel import LoadedModel
from .status import Code


def status_json(servables: list[LoadedVersion]) -> str:
    """Return the answer to `GET /v1/models/NAME`."""
    versions = []
    for servable in servables:
        error = servable.error
        versions.append(
            {
                "version": str(servable.version),
                "state": servable.state.name,
                "status": {
                    "error_code": error.code.name if error else Code.OK.name,
                    "error_message": error.message if error else "",
                },
            }
        )
    return pretty({"model_version_status": versions}, indent=1) + "\n"


def metadata_json(name: str, version: int, model: LoadedModel) -> str:
    """Return the answer to `GET /v1/models/NAME/metadata`."""
    spec = {"name": name, "signature_name": "", "version": str(version)}
    signatures = {key: _signature(value) for key, value in sorted(model.signatures.items())}
    written = pretty({"signature_def": signatures}, indent=1)
    return f'{{\n"model_spec":{pretty(spec, indent=1)}\n,\n"metadata": {{"signature_def": {written}\n}}\n}}\n'


def _signature(definition: Any) -> dict[str, Any]:
    return {
        "inputs": {name: _info(info) for name, info in sorted(definition.inputs.items())},
        "outputs": {name: _info(info) for name, info in sorted(definition.outputs.items())},
        "method_name": definition.method_name,
        "defaults": {},
    }


def _info(info: Any) -> dict[str, Any]:
    dtypes = message("tensorflow.TensorInfo").DESCRIPTOR.fields_by_name["dtype"].enum_type.values_by_number
    value = dtypes.get(info.dtype)
    dims = [{"size": str(dim.size), "name": dim.name} for dim in info.tensor_shape.dim]
    return {
        "dtype": value.name if value is not None else info.dtype,
        "tensor_shape": {"dim": dims, "unknown_rank": info.tensor_shape.unknown_rank},
        "name": info.name,
    }
