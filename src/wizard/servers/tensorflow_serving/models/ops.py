"""Operations of a TensorFlow graph that touch files, the network or Python, and how they are searched for."""

from __future__ import annotations

import re
from collections.abc import Iterable

_READS = "reads files"
_WRITES = "writes files"
_PYTHON = "runs Python code"
_NETWORK = "uses the network"

RISKY: dict[str, str] = {
    "ReadFile": _READS,
    "MatchingFiles": "lists files",
    "MatchingFilesDataset": "lists files",
    "WholeFileReader": _READS,
    "WholeFileReaderV2": _READS,
    "TextLineReader": _READS,
    "TextLineReaderV2": _READS,
    "FixedLengthRecordReader": _READS,
    "FixedLengthRecordReaderV2": _READS,
    "TFRecordReader": _READS,
    "TFRecordReaderV2": _READS,
    "LMDBReader": _READS,
    "TFRecordDataset": _READS,
    "TFRecordDatasetV2": _READS,
    "TextLineDataset": _READS,
    "FixedLengthRecordDataset": _READS,
    "FixedLengthRecordDatasetV2": _READS,
    "LoadDataset": _READS,
    "SqlDataset": _READS,
    "InitializeTableFromTextFile": "reads a file, as every model with a vocabulary file does",
    "InitializeTableFromTextFileV2": "reads a file, as every model with a vocabulary file does",
    "WriteFile": _WRITES,
    "SaveSlices": _WRITES,
    "SaveDataset": _WRITES,
    "SaveDatasetV2": _WRITES,
    "SnapshotDataset": _WRITES,
    "SnapshotDatasetV2": _WRITES,
    "CacheDataset": _WRITES,
    "CacheDatasetV2": _WRITES,
    "DistributedSave": _WRITES,
    "CreateSummaryFileWriter": _WRITES,
    "CreateSummaryDbWriter": _WRITES,
    "PrintV2": "prints to the log or to a file",
    "PyFunc": _PYTHON,
    "PyFuncStateless": _PYTHON,
    "EagerPyFunc": _PYTHON,
    "DebugIdentity": "sends values to files or the network",
    "DebugIdentityV2": "sends values to files or the network",
    "DebugIdentityV3": "sends values to files or the network",
    "DataServiceDataset": _NETWORK,
    "DataServiceDatasetV2": _NETWORK,
    "DataServiceDatasetV3": _NETWORK,
    "DataServiceDatasetV4": _NETWORK,
    "RegisterDataset": _NETWORK,
    "RegisterDatasetV2": _NETWORK,
}
"""Op name -> what it can do. SaveV2, RestoreV2, MergeV2Checkpoints and ShardedFilename are left out on purpose: every
TensorFlow 2 model has them (measured with TensorFlow 2.20)."""

VARIABLE_OPS = frozenset({"VarHandleOp", "VariableV2", "Variable"})

SCAN_LIMIT = 64 << 20
"""Maximum bytes of one graph that are searched; takes a second or less."""


def _pattern(names: Iterable[str]) -> re.Pattern[bytes]:
    # NodeDef.op is field 2, a string: the tag 0x12, the length in one byte, the name.
    return re.compile(b"\x12(?:" + b"|".join(re.escape(bytes([len(n)]) + n.encode()) for n in sorted(names)) + b")")


_NODE_OP = _pattern([*RISKY, *VARIABLE_OPS])
LONGEST = max(map(len, [*RISKY, *VARIABLE_OPS])) + 2


def ops_in(chunk: bytes) -> set[str]:
    """Which of the known ops are used by some node in these bytes of a GraphDef, including those in functions.

    It searches for the encoding that every protobuf writer produces; a file made by hand to hide an op could avoid it.
    That is no loss of safety: a model is a program, and none should be loaded only because nothing was found in it.
    """
    return {found[2:].decode() for found in _NODE_OP.findall(chunk)}
