"""Nothing in this program changes the disk but `wizard.machine.door`; its sources are read for calls that would."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import wizard

SOURCES = Path(wizard.__file__).parent
DOOR = "machine/door.py"
ALLOWED = {
    # /dev/null, in place of a stream whose reader has left.
    ("console.py", "os.open"),
    # It is kept in memory, and beyond that in a file without a name.
    ("trial/docker_image.py", "tempfile.SpooledTemporaryFile"),
    # It only tells where temporary files go.
    ("trial/marks.py", "tempfile.gettempdir"),
    # Stand-ins for servers are processes of their own: they make their own sockets, as the servers do.
    ("servers/tensorflow_serving/emulator/grpc_service.py", "unlink"),
}
METHODS = frozenset(
    {"write_text", "write_bytes", "mkdir", "makedirs", "unlink", "rmdir", "rename", "chmod", "lchmod", "symlink_to"}
    | {"hardlink_to", "touch", "extractall"}
)
"""Of `pathlib`, and of archives: whatever they are called on."""
FUNCTIONS = {
    "os": {"chmod", "fchmod", "lchmod", "chown", "fchown", "lchown", "link", "symlink", "mkdir", "makedirs", "mkfifo"}
    | {"mknod", "remove", "removedirs", "rename", "renames", "replace", "rmdir", "truncate", "ftruncate", "unlink"}
    | {"utime", "setxattr", "removexattr"},
    "shutil": {"chown", "copy", "copy2", "copyfile", "copyfileobj", "copymode", "copystat", "copytree", "move"}
    | {"rmtree", "unpack_archive"},
}


def changes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of every call that may change the disk."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and (name := _changes(call)):
            yield call.lineno, name


def _changes(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return "open" if call.func.id == "open" and _writes(call, 1, True) else ""
    if not isinstance(call.func, ast.Attribute):
        return ""
    module = call.func.value.id if isinstance(call.func.value, ast.Name) else ""
    name = call.func.attr
    if module == "os" and name == "open":
        return "" if "O_RDONLY" in ast.dump(call) else "os.open"
    if module == "tempfile" or name in FUNCTIONS.get(module, ()):
        return f"{module}.{name}"
    if name == "open" and module not in ("tarfile", "webbrowser"):
        return "open" if _writes(call, 0, False) else ""
    if name == "replace" and len(call.args) == 1 and not call.keywords:
        return "replace"  # of a path; that of a text takes two
    return name if name in METHODS else ""


def _writes(call: ast.Call, at: int, surely: bool) -> bool:
    """Whether it opens to write; `surely`: what stands there is a mode, though nobody sees which."""
    named = [word.value for word in call.keywords if word.arg == "mode"]
    for mode in named or call.args[at : at + 1]:
        if not isinstance(mode, ast.Constant):
            return surely or bool(named)
        if {*str(mode.value)} <= {*"rwaxbt+"} and {*str(mode.value)} & {*"wax+"}:
            return True
    return False


def test_only_the_door_changes_the_disk() -> None:
    found = {
        (str(path.relative_to(SOURCES)), name, line)
        for path in SOURCES.rglob("*.py")
        for line, name in changes(ast.parse(path.read_text("utf-8")))
    }
    others = {(path, name) for path, name, _ in found if path != DOOR}
    assert others - ALLOWED == set(), sorted(found)
    assert ALLOWED - others == set(), "an exception that nothing needs any more"
    assert {name for path, name, _ in found if path == DOOR} >= {"os.open", "os.rename", "os.mkdir", "os.fchown"}


@pytest.mark.parametrize(
    "text",
    [
        "open('x', 'w')",
        "open('x', mode)",
        "path.open('ab')",
        "open('x', mode='r+')",
        "path.write_text('x')",
        "os.open('x', os.O_WRONLY | os.O_CREAT)",
        "path.replace(other)",
        "shutil.copytree('a', 'b')",
        "tempfile.mkdtemp()",
        "path.parent.mkdir()",
        "os.chown('x', 0, 0)",
    ],
)
def test_what_changes_the_disk_is_seen(text: str) -> None:
    assert list(changes(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    ["open('x')", "path.open('rb')", "'x'.replace('a', 'b')", "os.open('x', os.O_RDONLY)", "folder.remove('x')"],
)
def test_what_does_not_is_not(text: str) -> None:
    assert not list(changes(ast.parse(text)))
