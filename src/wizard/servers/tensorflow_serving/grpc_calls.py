"""What the server answers to calls over gRPC."""

from __future__ import annotations

from wizard.fast_start import regex
from wizard.servers.requests import ExpectedAnswer

PREDICTION_METHODS = ("Predict", "Classify", "Regress", "MultiInference", "GetModelMetadata")
_PREDICTION = "/tensorflow.serving.PredictionService/"
_STATUS_CALL = "/tensorflow.serving.ModelService/GetModelStatus"
_RELOAD_CALL = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"
_REFLECTION = regex(r"/grpc\.reflection\.v1(?:alpha)?\.ServerReflection/ServerReflectionInfo")
_REFLECTION_SINCE = (2, 15)


def answer(version: tuple[int, ...], path: str) -> ExpectedAnswer:
    """The answer of a release to a call; gRPC's own status comes in the trailer grpc-status (0 done, 12 unknown)."""
    done, unknown = (("grpc-status", "0"),), (("grpc-status", "12"),)
    service, _, method = path.rpartition("/")
    if f"{service}/" == _PREDICTION and method in PREDICTION_METHODS:
        return ExpectedAnswer(200, done, ran=method != "GetModelMetadata", fact="server.cc:392-430: PredictionService.")
    if path == _STATUS_CALL:
        return ExpectedAnswer(200, done, fact="server.cc:392-430: ModelService.")
    if path == _RELOAD_CALL:
        return ExpectedAnswer(
            200, done, ran=True, fact="model_service_impl.cc:44-82: anybody may replace the list of models."
        )
    if _REFLECTION.fullmatch(path) and version >= _REFLECTION_SINCE:
        return ExpectedAnswer(200, done, fact="model_servers/BUILD:560: reflection is built in since 2.15.")
    return ExpectedAnswer(200, unknown, fact="server.cc:392-430: no such service; profiler and health are off.")
