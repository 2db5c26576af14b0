"""Status codes and errors as the server reports them: in its log, over REST and over gRPC."""

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    """The canonical status codes that are answered here; the numbers are those of gRPC."""

    OK = 0
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    DATA_LOSS = 15


# http_server.cc:47-87 (2.20.0): which HTTP status a failed request gets.
HTTP_STATUS = {
    Code.INVALID_ARGUMENT: 400,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.PERMISSION_DENIED: 403,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.FAILED_PRECONDITION: 400,
    Code.OUT_OF_RANGE: 400,
    Code.UNIMPLEMENTED: 501,
}


class StatusError(Exception):
    """A request or a start that failed, with the server's own code and words."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code.name}: {self.message}"

    @property
    def http_status(self) -> int:
        """HTTP status of the answer; codes not in the table are 500."""
        return HTTP_STATUS.get(self.code, 500)


def invalid(message: str) -> StatusError:
    """Return an INVALID_ARGUMENT error, by far the most common one."""
    return StatusError(Code.INVALID_ARGUMENT, message)


def from_os_error(error: OSError, path: str) -> StatusError:
    """Translate a failed system call the way TensorFlow's POSIX file system does (`path; reason`)."""
    codes = {
        FileNotFoundError: Code.NOT_FOUND,
        FileExistsError: Code.ALREADY_EXISTS,
        PermissionError: Code.PERMISSION_DENIED,
        NotADirectoryError: Code.FAILED_PRECONDITION,
        IsADirectoryError: Code.FAILED_PRECONDITION,
    }
    return StatusError(codes.get(type(error), Code.UNKNOWN), f"{path}; {error.strerror}")
