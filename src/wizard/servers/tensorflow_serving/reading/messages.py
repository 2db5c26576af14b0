"""The messages TensorFlow Serving reads as text.

Field names and numbers: model_server_config.proto, file_system_storage_path_source.proto, logging_config.proto,
log_collector_config.proto, monitoring_config.proto, ssl_config.proto, session_bundle_config.proto.
"""

from __future__ import annotations

from wizard.formats.schema import (
    ANY,
    BOOL,
    BYTES,
    DOUBLE,
    ENUM,
    INT32,
    INT64,
    STRING,
    UINT32,
    FieldType,
    Messages,
    fields,
    message,
)

_POLICY = "tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy"
_LABELS = "tensorflow.serving.ModelConfig.VersionLabelsEntry"

MODEL_SERVER_CONFIG = "tensorflow.serving.ModelServerConfig"
MODEL_CONFIG = "tensorflow.serving.ModelConfig"
MONITORING_CONFIG = "tensorflow.serving.MonitoringConfig"
SSL_CONFIG = "tensorflow.serving.SSLConfig"

BATCHING_PARAMETERS = "tensorflow.serving.BatchingParameters"
_INT64, _TEXT, _SWITCH = (f"google.protobuf.{kind}Value" for kind in ("Int64", "String", "Bool"))

MESSAGES: Messages = {
    MODEL_SERVER_CONFIG: fields(
        message("model_config_list", 1, "tensorflow.serving.ModelConfigList", oneof="config"),
        message("custom_model_config", 2, ANY, oneof="config"),
    ),
    "tensorflow.serving.ModelConfigList": fields(
        message("config", 1, "tensorflow.serving.ModelConfig", repeated=True),
    ),
    "tensorflow.serving.ModelConfig": fields(
        FieldType("name", 1, STRING),
        FieldType("base_path", 2, STRING),
        FieldType("model_type", 3, ENUM, names={"MODEL_TYPE_UNSPECIFIED": 0, "TENSORFLOW": 1, "OTHER": 2}),
        FieldType("model_platform", 4, STRING),
        message("logging_config", 6, "tensorflow.serving.LoggingConfig"),
        message("model_version_policy", 7, _POLICY),
        message("version_labels", 8, _LABELS, repeated=True, is_map=True),
    ),
    _LABELS: fields(FieldType("key", 1, STRING), FieldType("value", 2, INT64)),
    _POLICY: fields(
        message("latest", 100, f"{_POLICY}.Latest", oneof="policy_choice"),
        message("all", 101, f"{_POLICY}.All", oneof="policy_choice"),
        message("specific", 102, f"{_POLICY}.Specific", oneof="policy_choice"),
    ),
    f"{_POLICY}.Latest": fields(FieldType("num_versions", 1, UINT32)),
    f"{_POLICY}.All": {},
    f"{_POLICY}.Specific": fields(FieldType("versions", 1, INT64, repeated=True)),
    "tensorflow.serving.LoggingConfig": fields(
        message("log_collector_config", 1, "tensorflow.serving.LogCollectorConfig"),
        message("sampling_config", 2, "tensorflow.serving.SamplingConfig"),
        message("custom_logging_config", 3, ANY),
    ),
    "tensorflow.serving.LogCollectorConfig": fields(
        FieldType("type", 1, STRING),
        FieldType("filename_prefix", 2, STRING),
    ),
    "tensorflow.serving.SamplingConfig": fields(
        FieldType("sampling_rate", 1, DOUBLE),
        FieldType("attributes", 2, INT32),
    ),
    MONITORING_CONFIG: fields(message("prometheus_config", 1, "tensorflow.serving.PrometheusConfig")),
    "tensorflow.serving.PrometheusConfig": fields(
        FieldType("enable", 1, BOOL),
        FieldType("path", 2, STRING),
    ),
    SSL_CONFIG: fields(
        FieldType("server_key", 1, STRING),
        FieldType("server_cert", 2, STRING),
        FieldType("custom_ca", 3, STRING),
        FieldType("client_verify", 4, BOOL),
    ),
    ANY: fields(FieldType("type_url", 1, STRING), FieldType("value", 2, BYTES)),
    BATCHING_PARAMETERS: fields(
        message("max_batch_size", 1, _INT64),
        message("batch_timeout_micros", 2, _INT64),
        message("max_enqueued_batches", 3, _INT64),
        message("num_batch_threads", 4, _INT64),
        message("thread_pool_name", 5, _TEXT),
        FieldType("allowed_batch_sizes", 6, INT64, repeated=True),
        FieldType("pad_variable_length_inputs", 7, BOOL),
        message("enable_large_batch_splitting", 8, _SWITCH),
        message("max_execution_batch_size", 9, _INT64),
    ),
    _INT64: fields(FieldType("value", 1, INT64)),
    _TEXT: fields(FieldType("value", 1, STRING)),
    _SWITCH: fields(FieldType("value", 1, BOOL)),
}
"""Message types by full name, and their fields by name."""
