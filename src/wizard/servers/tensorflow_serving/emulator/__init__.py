"""A labelled emulation of `tensorflow_model_server`, for machines without Docker and for tests.

It is **not** TensorFlow Serving: it says so in its first log line and in `--version`. It follows the server's
source (release 2.20.0) row by row: rows.toml beside its tests lists every emulated behaviour with its source, and
what is not emulated. Run it as
`python -m wizard.servers.tensorflow_serving.emulator [tensorflow_model_server flags]`.

What an image needs: Python 3.11 or newer, the wheels `protobuf` and, for a gRPC port that speaks gRPC, `grpcio`
(which brings `typing_extensions`), and of this project only `wizard/__init__.py`, `wizard/servers/__init__.py`,
its room's `__init__.py` and this package. Without `grpcio` the gRPC port accepts connections and closes them again.

`SERVING_WIZARD_EMULATED_VERSION` (2.5.1 to 2.21.0, default 2.19.1) picks the release whose flags are known.
That variable belongs to the emulator; the server itself reads no environment variable.
"""
