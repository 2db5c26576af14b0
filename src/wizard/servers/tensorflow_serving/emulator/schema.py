"""Protocol buffer messages the emulator reads or writes, as a compact table (only the fields it needs).

A line is either `package Name` (a message), `enum package Name`, or a field/value of the last one:
`type name = number`, with `repeated`, `map<K,V>` and `oneof:NAME` in front where they apply.
Field numbers: model_server_config.proto, file_system_storage_path_source.proto, ssl_config.proto and
monitoring_config.proto at tensorflow/serving 2.20.0; the descriptors inside tensorflow-cpu 2.20.0.
"""

SCHEMA = """
google.protobuf Any
string type_url = 1
bytes value = 2
google.protobuf Int64Value
int64 value = 1
google.protobuf BoolValue
bool value = 1
google.protobuf StringValue
string value = 1

enum tensorflow DataType
DT_INVALID = 0
DT_FLOAT = 1
DT_DOUBLE = 2
DT_INT32 = 3
DT_UINT8 = 4
DT_INT16 = 5
DT_INT8 = 6
DT_STRING = 7
DT_COMPLEX64 = 8
DT_INT64 = 9
DT_BOOL = 10
DT_QINT8 = 11
DT_QUINT8 = 12
DT_QINT32 = 13
DT_BFLOAT16 = 14
DT_QINT16 = 15
DT_QUINT16 = 16
DT_UINT16 = 17
DT_COMPLEX128 = 18
DT_HALF = 19
DT_RESOURCE = 20
DT_VARIANT = 21
DT_UINT32 = 22
DT_UINT64 = 23
DT_FLOAT8_E5M2 = 24
DT_FLOAT8_E4M3FN = 25
DT_INT4 = 29
DT_UINT4 = 30
tensorflow TensorShapeProto
repeated .tensorflow.TensorShapeProto.Dim dim = 2
bool unknown_rank = 3
tensorflow TensorShapeProto.Dim
int64 size = 1
string name = 2
tensorflow TensorProto
.tensorflow.DataType dtype = 1
.tensorflow.TensorShapeProto tensor_shape = 2
int32 version_number = 3
bytes tensor_content = 4
repeated float float_val = 5
repeated double double_val = 6
repeated int32 int_val = 7
repeated bytes string_val = 8
repeated int64 int64_val = 10
repeated bool bool_val = 11
repeated uint32 uint32_val = 16
repeated uint64 uint64_val = 17
tensorflow TensorInfo
oneof:encoding string name = 1
oneof:encoding .google.protobuf.Any coo_sparse = 4
oneof:encoding .google.protobuf.Any composite_tensor = 5
.tensorflow.DataType dtype = 2
.tensorflow.TensorShapeProto tensor_shape = 3
tensorflow SignatureDef
map<string,.tensorflow.TensorInfo> inputs = 1
map<string,.tensorflow.TensorInfo> outputs = 2
string method_name = 3
map<string,.tensorflow.TensorProto> defaults = 4
tensorflow AttrValue
oneof:value bytes s = 2
oneof:value int64 i = 3
oneof:value float f = 4
oneof:value bool b = 5
oneof:value .tensorflow.DataType type = 6
oneof:value .tensorflow.TensorShapeProto shape = 7
oneof:value .tensorflow.TensorProto tensor = 8
oneof:value .tensorflow.AttrValue.ListValue list = 1
oneof:value .tensorflow.NameAttrList func = 10
tensorflow AttrValue.ListValue
repeated .tensorflow.DataType type = 6
tensorflow NameAttrList
string name = 1
tensorflow NodeDef
string name = 1
string op = 2
repeated string input = 3
string device = 4
map<string,.tensorflow.AttrValue> attr = 5
tensorflow OpDef
string name = 1
repeated .tensorflow.OpDef.ArgDef input_arg = 2
repeated .tensorflow.OpDef.ArgDef output_arg = 3
tensorflow OpDef.ArgDef
string name = 1
.tensorflow.DataType type = 3
tensorflow FunctionDef
.tensorflow.OpDef signature = 1
repeated .tensorflow.NodeDef node_def = 3
map<string,string> ret = 4
map<string,string> control_ret = 6
tensorflow FunctionDefLibrary
repeated .tensorflow.FunctionDef function = 1
tensorflow GraphDef
repeated .tensorflow.NodeDef node = 1
.tensorflow.FunctionDefLibrary library = 2
tensorflow SaverDef
string filename_tensor_name = 1
string restore_op_name = 3
tensorflow MetaInfoDef
repeated string tags = 4
string tensorflow_version = 5
tensorflow MetaGraphDef
.tensorflow.MetaInfoDef meta_info_def = 1
.tensorflow.GraphDef graph_def = 2
.tensorflow.SaverDef saver_def = 3
map<string,.tensorflow.SignatureDef> signature_def = 5
tensorflow SavedModel
int64 saved_model_schema_version = 1
repeated .tensorflow.MetaGraphDef meta_graphs = 2
tensorflow BundleHeaderProto
int32 num_shards = 1
int32 endianness = 2
tensorflow BundleEntryProto
.tensorflow.DataType dtype = 1
.tensorflow.TensorShapeProto shape = 2
int32 shard_id = 3
int64 offset = 4
int64 size = 5
fixed32 crc32c = 6

enum tensorflow.serving ModelType
MODEL_TYPE_UNSPECIFIED = 0
TENSORFLOW = 1
OTHER = 2
tensorflow.serving FileSystemStoragePathSourceConfig
tensorflow.serving FileSystemStoragePathSourceConfig.ServableVersionPolicy
oneof:policy_choice .tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy.Latest latest = 100
oneof:policy_choice .tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy.All all = 101
oneof:policy_choice .tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy.Specific specific = 102
tensorflow.serving FileSystemStoragePathSourceConfig.ServableVersionPolicy.Latest
uint32 num_versions = 1
tensorflow.serving FileSystemStoragePathSourceConfig.ServableVersionPolicy.All
tensorflow.serving FileSystemStoragePathSourceConfig.ServableVersionPolicy.Specific
repeated int64 versions = 1
tensorflow.serving SamplingConfig
double sampling_rate = 1
tensorflow.serving LogCollectorConfig
string type = 1
string filename_prefix = 2
tensorflow.serving LoggingConfig
.tensorflow.serving.LogCollectorConfig log_collector_config = 1
.tensorflow.serving.SamplingConfig sampling_config = 2
tensorflow.serving ModelConfig
string name = 1
string base_path = 2
.tensorflow.serving.ModelType model_type = 3
string model_platform = 4
.tensorflow.serving.LoggingConfig logging_config = 6
.tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy model_version_policy = 7
map<string,int64> version_labels = 8
tensorflow.serving ModelConfigList
repeated .tensorflow.serving.ModelConfig config = 1
tensorflow.serving ModelServerConfig
oneof:config .tensorflow.serving.ModelConfigList model_config_list = 1
oneof:config .google.protobuf.Any custom_model_config = 2
tensorflow.serving SSLConfig
string server_key = 1
string server_cert = 2
string custom_ca = 3
bool client_verify = 4
tensorflow.serving PrometheusConfig
bool enable = 1
string path = 2
tensorflow.serving MonitoringConfig
.tensorflow.serving.PrometheusConfig prometheus_config = 1
tensorflow.serving BatchingParameters
.google.protobuf.Int64Value max_batch_size = 1
.google.protobuf.Int64Value batch_timeout_micros = 2
.google.protobuf.Int64Value max_enqueued_batches = 3
.google.protobuf.Int64Value num_batch_threads = 4
.google.protobuf.StringValue thread_pool_name = 5
repeated int64 allowed_batch_sizes = 6
bool pad_variable_length_inputs = 7
.google.protobuf.BoolValue enable_large_batch_splitting = 8
.google.protobuf.Int64Value max_execution_batch_size = 9

tensorflow.serving ModelSpec
string name = 1
oneof:version_choice .google.protobuf.Int64Value version = 2
oneof:version_choice string version_label = 4
string signature_name = 3
tensorflow.serving PredictRequest
.tensorflow.serving.ModelSpec model_spec = 1
map<string,.tensorflow.TensorProto> inputs = 2
repeated string output_filter = 3
tensorflow.serving PredictResponse
map<string,.tensorflow.TensorProto> outputs = 1
.tensorflow.serving.ModelSpec model_spec = 2
tensorflow.serving GetModelMetadataRequest
.tensorflow.serving.ModelSpec model_spec = 1
repeated string metadata_field = 2
tensorflow.serving GetModelMetadataResponse
.tensorflow.serving.ModelSpec model_spec = 1
map<string,.google.protobuf.Any> metadata = 2
tensorflow.serving SignatureDefMap
map<string,.tensorflow.SignatureDef> signature_def = 1
tensorflow.serving StatusProto
int32 error_code = 1
string error_message = 2
tensorflow.serving ModelVersionStatus
int64 version = 1
int32 state = 2
.tensorflow.serving.StatusProto status = 3
tensorflow.serving GetModelStatusRequest
.tensorflow.serving.ModelSpec model_spec = 1
tensorflow.serving GetModelStatusResponse
repeated .tensorflow.serving.ModelVersionStatus model_version_status = 1
tensorflow.serving ReloadConfigRequest
.tensorflow.serving.ModelServerConfig config = 1
tensorflow.serving ReloadConfigResponse
.tensorflow.serving.StatusProto status = 1

grpc.health.v1 HealthCheckRequest
string service = 1
grpc.health.v1 HealthCheckResponse
int32 status = 1
"""
