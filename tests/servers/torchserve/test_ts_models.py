"""Archives, folders and stores for TorchServe: good ones, wrong ones and hostile ones.

The verdicts on layouts (tar roots, handlers, manifests) are what TorchServe 0.12.0 did with the same files.
"""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import model_builders as b
from tests.support.examples import most
from tests.support.waiting import at_most
from wizard.machine.inspection import inspect
from wizard.servers.torchserve.models import contents, gzipped

TS, TF = "torchserve", "tensorflow-serving"


def test_a_good_archive(tmp_path: Path) -> None:
    files = b.members(modelVersion="2.1", serializedFile="w.pt", requirementsFile="requirements.txt")
    path = b.mar(tmp_path / "echo.mar", {**files, "w.pt": b"w", "requirements.txt": b"numpy"})
    report = inspect(path, TS)
    assert (report.kind, report.usable, report.name) == ("mar", True, "echo")
    archive = b.archives(report)[0]
    assert (archive.name, archive.version, archive.handler) == ("echo", "2.1", "echo_handler.py")
    assert archive.file == "echo.mar"
    assert b.problem(report, "requirements").severity == "info" and len(report.problems) == 1


@pytest.mark.parametrize(
    ("data", "id_"),
    [
        (b.manifest(handler=None), "handler-missing"),
        (b.manifest(handler=" "), "handler-missing"),
        (b.manifest(handler="code/other.py"), "handler-not-in-archive"),
        (b.manifest(runtime="python2"), "runtime-unknown"),
        (b"{not json", "manifest-invalid"),
        (b"\xef\xbb\xbf" + b.manifest(), "manifest-invalid"),
        (b"\xff\xfe", "manifest-invalid"),
        (b"[]", "manifest-invalid"),
        (b'{"model": 3}', "manifest-invalid"),
        (b.manifest(modelName=["a"]), "manifest-invalid"),
        (b"[" * 100_000, "manifest-invalid"),
        (b" " * (2 << 20), "archive-broken"),
    ],
)
def test_a_manifest_the_server_cannot_use_is_an_error(tmp_path: Path, data: bytes, id_: str) -> None:
    report = inspect(b.mar(tmp_path / "m.mar", {**b.members(), "MAR-INF/MANIFEST.json": data}), TS)
    assert report.kind == "mar"
    assert b.problem(report, id_).severity == "functional"


@pytest.mark.parametrize(
    ("handler", "files", "fine"),
    [
        ("echo_handler.py", ["echo_handler.py"], True),
        ("echo_handler", ["echo_handler.py"], True),
        ("echo_handler:handle", ["echo_handler.py"], True),
        ("/somewhere/echo_handler.py:handle", ["echo_handler.py"], True),
        ("echo_handler", ["echo_handler/__init__.py"], True),
        ("image_classifier", [], True),
        ("code/echo_handler.py", ["code/echo_handler.py"], False),
        ("mine", [], False),
    ],
)
def test_where_the_handler_is_looked_for(tmp_path: Path, handler: str, files: list[str], fine: bool) -> None:
    named = {"MAR-INF/MANIFEST.json": b.manifest(handler=handler), **dict.fromkeys(files, b.HANDLER)}
    report = inspect(b.mar(tmp_path / "m.mar", named), TS)
    assert ("handler-not-in-archive" in b.ids(report)) is not fine


@pytest.mark.parametrize("name", ["a/b", "a b", "é", "-a", "a,b", "a=b", "x\x1b[31m", "‮abc"])
def test_a_name_that_cannot_be_called(tmp_path: Path, name: str) -> None:
    report = inspect(b.mar(tmp_path / "m.mar", b.members(modelName=name)), TS)
    found = b.problem(report, "name-not-callable")
    assert found.message.isprintable() and b.archives(report)[0].name == name
    assert report.name != name and report.name.isascii()


@pytest.mark.parametrize(
    ("file", "id_"),
    [("a,b.mar", "file-name-unlistable"), ("a..b.mar", "file-name-unlistable"), ("é.mar", "file-name-odd")],
)
def test_a_file_name_that_load_models_cannot_say(tmp_path: Path, file: str, id_: str) -> None:
    assert b.problem(inspect(b.mar(tmp_path / file), TS), id_)


@pytest.mark.parametrize(
    ("file", "name"),
    [("no-name.v2.mar", "no_name_v2"), ("_x.mar", "_x"), ("noname.tar.gz", "noname_tar_gz"), ("a.model", "a")],
)
def test_the_name_of_a_model_whose_manifest_has_none(tmp_path: Path, file: str, name: str) -> None:
    files = b.members(modelName=None, modelVersion=None)
    path = tmp_path / file
    b.mar(path, files) if file.endswith(".mar") else b.tar(path, {f"r/{k}": v for k, v in files.items()})
    archive = b.archives(inspect(path, TS))[0]
    assert (archive.name, archive.version) == (name, "1.0")


@pytest.mark.parametrize(
    ("prefixes", "errors", "warnings"),
    [
        (("r/", "r/"), set(), set()),
        (("./", "./"), set(), set()),
        (("", ""), {"tar-root", "manifest-missing"}, set()),
        (("./r/", "./r/"), {"manifest-missing"}, set()),
        (("a/", "b/"), set(), {"tar-root"}),
    ],
    ids=["one root", "dot", "none", "dot and root", "two roots"],
)
def test_the_root_of_a_tar(tmp_path: Path, prefixes: tuple[str, str], errors: set[str], warnings: set[str]) -> None:
    (h, handler), (m, manifest) = b.members().items()
    path = b.tar(tmp_path / "m.tar.gz", {prefixes[0] + h: handler, prefixes[1] + m: manifest})
    report = inspect(path, TS)
    assert report.kind == "tar-gz"
    assert {p.id for p in report.problems if p.severity == "functional"} == errors
    assert {p.id for p in report.problems if p.severity == "medium"} == warnings


def test_a_manifest_further_down_is_pointed_at(tmp_path: Path) -> None:
    path = b.mar(tmp_path / "m.mar", {f"m/{k}": v for k, v in b.members().items()})
    assert "m/MAR-INF/MANIFEST.json" in b.problem(inspect(path, TS), "manifest-missing").message


@pytest.mark.parametrize("data", [b"", b"junk", b"PK\x05\x06", b"PK\x05\x06" + b"\xff" * 18, b"\x1f\x8b" + b"x" * 50])
@pytest.mark.parametrize("file", ["m.mar", "m.tar.gz"])
def test_no_archive_at_all(tmp_path: Path, file: str, data: bytes) -> None:
    (tmp_path / file).write_bytes(data)
    report = inspect(tmp_path / file, TS)
    assert not report.usable and b.ids(report) & {"archive-broken", "archive-too-many-files", "manifest-missing"}


GOOD_ZIP = b.make_samples.samples()["torchserve/sample/echo.mar"]


def _good_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as target:
        for name, data in b.members().items():
            info = tarfile.TarInfo("r/" + name)
            info.size = len(data)
            target.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


GOOD_TAR = _good_tar()


@settings(max_examples=most(150), deadline=None)
@given(at=st.integers(0, len(GOOD_ZIP) - 1), value=st.integers(0, 255), cut=st.integers(0, 60))
def test_a_damaged_zip_never_raises(tmp_path_factory: pytest.TempPathFactory, at: int, value: int, cut: int) -> None:
    data = bytearray(GOOD_ZIP)
    data[at] = value
    path = tmp_path_factory.getbasetemp() / "damaged.mar"
    path.write_bytes(bytes(data[: len(data) - cut]))
    assert inspect(path, TS).kind == "mar"


@settings(max_examples=most(150), deadline=None)
@given(at=st.integers(0, 1_600), value=st.integers(0, 255), cut=st.integers(0, 3_000), packed=st.booleans())
def test_a_damaged_tar_never_raises(
    tmp_path_factory: pytest.TempPathFactory, at: int, value: int, cut: int, packed: bool
) -> None:
    data = bytearray(GOOD_TAR[: len(GOOD_TAR) - cut])
    if packed:
        data = bytearray(gzip.compress(bytes(data)))
    data[at % len(data)] = value
    path = tmp_path_factory.getbasetemp() / "damaged.tar.gz"
    path.write_bytes(bytes(data) if packed else gzip.compress(bytes(data)))
    assert inspect(path, TS).kind == "tar-gz"


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "..\\evil", "MAR-INF/../../../etc/passwd"])
def test_paths_out_of_the_archive(tmp_path: Path, name: str) -> None:
    zipped = b.mar(tmp_path / "m.mar", {**b.members(), name: b"x"})
    tarred = b.tar(tmp_path / "m.tar.gz", {f"r/{k}": v for k, v in {**b.members(), name: b"x"}.items()})
    for path in (zipped, tarred):
        assert b.problem(inspect(path, TS), "archive-unsafe-path").severity == "functional"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.mar", "m.tar.gz"]


def test_a_zip_bomb_is_told_and_not_unpacked(tmp_path: Path) -> None:
    path, zeros = tmp_path / "m.mar", (1 << 20) + 77
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in {**b.members(), "zeros": bytes(zeros)}.items():
            target.writestr(name, data)
    claimed = path.read_bytes().replace(struct.pack("<L", zeros), struct.pack("<L", 3 << 30))
    path.write_bytes(claimed)
    report = inspect(path, TS)
    assert path.stat().st_size < 10_000
    found = b.problem(report, "archive-unpacks-large")
    assert found.severity == "medium" and "3.0 GiB" in found.message


def test_a_manifest_that_lies_about_its_size_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "m.mar"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("MAR-INF/MANIFEST.json", b" " * ((64 << 20) + 77))
    data = path.read_bytes()
    size = struct.pack("<L", (64 << 20) + 77)
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, struct.pack("<L", 100)))
    assert not inspect(path, TS).usable


@pytest.mark.parametrize("size", [10**12, 8**11 - 1])
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE])
def test_a_tar_that_announces_more_than_it_holds_ends_at_its_end(tmp_path: Path, kind: bytes, size: int) -> None:
    header = tarfile.TarInfo("r/x")
    header.type, header.size = kind, size
    path = tmp_path / "short.tar.gz"
    path.write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT)))
    with at_most(seconds=20):
        report = inspect(path, TS)
    assert report.kind == "tar-gz" and not report.usable


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(b"") * 300_000,
        (gzip.compress(b"") + b"\0" * 60_000) * 1_000,
        b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * (60 << 20),
        b"\x1f\x8b\x08\x10" + bytes(6) + b"a" * (60 << 20),
    ],
    ids=["parts of nothing", "zeros between them", "a name", "a comment"],
)
def test_a_gzip_file_that_unpacks_to_nothing_takes_no_time(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "m.tar.gz").write_bytes(data)
    with at_most(seconds=5):
        assert b.problem(inspect(tmp_path / "m.tar.gz", TS), "archive-not-read-whole")


PIECES = st.sampled_from((b"", b"a", bytes(100_000), os.urandom(70_000), b"ab" * 40_000))
PARTS = st.lists(st.tuples(PIECES, st.sampled_from((0, 0, 1, 700, 70_000))), max_size=4)


@given(
    PARTS, st.sampled_from((b"", b"x", b"\x1f", b"\x1f\x8b")), st.floats(0, 1), st.integers(1, 1 << 17), st.booleans()
)
@settings(max_examples=most(300), deadline=None)
def test_gzip_files_are_unpacked_as_the_standard_library_does(
    parts: list[tuple[bytes, int]], tail: bytes, cut: float, size: int, whole: bool
) -> None:
    data = b"".join(gzip.compress(piece, 1) + bytes(zeros) for piece, zeros in parts) + tail
    data = data if whole else data[: int(cut * len(data))]
    found = gzipped.Gunzipped(io.BytesIO(data), 1 << 30)
    try:
        usual: bytes | None = gzip.decompress(data)
    except (OSError, EOFError):
        usual = None
    try:
        mine: bytes | None = b"".join(iter(lambda: found.read(size), b""))
    except (ValueError, EOFError):
        mine = None
    assert mine == usual


def test_a_tar_that_is_cut_between_members_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "m.tar.gz"
    path.write_bytes(gzip.compress(GOOD_TAR.rstrip(b"\0") + bytes(-len(GOOD_TAR.rstrip(b"\0")) % 512)))
    assert inspect(path, TS).kind == "tar-gz" and b.archives(inspect(path, TS))


def test_a_tar_bomb_is_read_only_in_part(tmp_path: Path) -> None:
    path = tmp_path / "m.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as packed, tarfile.open(fileobj=packed, mode="w|") as target:
        info = tarfile.TarInfo("r/zeros")
        info.size = 40 << 20
        target.addfile(info, io.BytesIO(bytes(info.size)))
        for name, data in b.members().items():
            info = tarfile.TarInfo("r/" + name)
            info.size = len(data)
            target.addfile(info, io.BytesIO(data))
    report = inspect(path, TS)
    assert report.usable and b.problem(report, "archive-not-read-whole").severity == "info"


def test_absurd_numbers_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MEMBERS_LIMIT", 500)
    many = {**{f"f{i}": b"" for i in range(600)}, **b.members()}
    assert b.problem(inspect(b.mar(tmp_path / "m.mar", many), TS), "archive-too-many-files")
    tarred = b.tar(tmp_path / "m.tar.gz", {f"r/{k}": v for k, v in many.items()})
    assert b.problem(inspect(tarred, TS), "archive-too-many-files")
    monkeypatch.setattr(contents, "DIRECTORY_LIMIT", 1 << 10)
    monkeypatch.setattr(zipfile, "ZipFile", None)  # the directory must not even be read
    assert b.problem(inspect(tmp_path / "m.mar", TS), "archive-too-many-files")


def test_a_zip_that_java_cannot_unpack(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.mar", "w", zipfile.ZIP_LZMA) as target:
        for name, data in b.members().items():
            target.writestr(name, data)
    assert "Java" in b.problem(inspect(tmp_path / "m.mar", TS), "archive-broken").message


def test_a_pipe_named_mar_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    os.mkfifo(tmp_path / "store" / "m.mar")
    assert inspect(tmp_path / "store" / "m.mar", TS).kind == "file"
    assert not inspect(tmp_path / "store", TS).usable


def test_a_model_folder_and_its_inside(tmp_path: Path) -> None:
    path = b.folder(tmp_path / "echo")
    report = inspect(path, TS)
    assert (report.kind, report.usable, b.archives(report)[0].name) == ("model-folder", True, "echo")
    for inside in (path / "MAR-INF", path / "MAR-INF" / "MANIFEST.json"):
        fix = b.problem(inspect(inside, TS), "below-model-folder").fix
        assert fix and fix.path == path
    (path / "echo_handler.py").unlink()
    assert not inspect(path, TS).usable


def test_a_folder_with_files_further_down(tmp_path: Path) -> None:
    files = {**b.members(serializedFile="w/model.pt"), "w/model.pt": b"x"}
    assert inspect(b.folder(tmp_path / "echo", files), TS).problems == ()


def test_a_store(tmp_path: Path) -> None:
    store = tmp_path / "store"
    b.mar(store / "a.mar", b.members(modelName="a"))
    b.tar(store / "b.tar.gz", {f"r/{k}": v for k, v in b.members(modelName="b").items()})
    b.folder(store / "c", b.members(modelName="c"))
    b.folder(store / "outer" / "d", b.members(modelName="d"))
    (store / ".hidden.mar").touch()
    report = inspect(store, TS)
    assert report.kind == "model-store" and report.usable
    assert [(a.name, a.file) for a in b.archives(report)] == [
        ("a", "a.mar"),
        ("b", "b.tar.gz"),
        ("c", "c"),
        ("d", "outer"),
    ]
    assert b.ids(report) == {"store-choose"} and report.candidates == tuple(a.path for a in b.archives(report))
    (store / "notes").mkdir()
    assert "notes" in b.problem(inspect(store, TS), "store-folders").message


def test_a_store_with_one_archive_offers_it(tmp_path: Path) -> None:
    path = b.mar(tmp_path / "echo.mar")
    fix = b.problem(inspect(tmp_path, TS), "store-choose").fix
    assert fix and fix.path == path and inspect(fix.path, TS).usable


def test_the_same_model_twice_in_a_store(tmp_path: Path) -> None:
    b.mar(tmp_path / "a.mar")
    b.mar(tmp_path / "b.mar")
    assert "a.mar, b.mar" in b.problem(inspect(tmp_path, TS), "store-duplicate").message
    b.mar(tmp_path / "b.mar", b.members(modelVersion="2.0"))
    assert "store-duplicate" not in b.ids(inspect(tmp_path, TS))


def test_a_store_one_level_down(tmp_path: Path) -> None:
    store = b.mar(tmp_path / "project" / "model-store" / "echo.mar").parent
    fix = b.problem(inspect(tmp_path / "project", TS), "one-level-too-high").fix
    assert fix and fix.path == store
    b.mar(tmp_path / "project" / "other" / "x.mar")
    report = inspect(tmp_path / "project", TS)
    assert report.kind == "model-stores" and b.problem(report, "several-models").fix is None


def test_a_linked_archive_is_broken_in_a_container(tmp_path: Path) -> None:
    real = b.mar(tmp_path / "elsewhere" / "echo.mar")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "echo.mar").symlink_to(real)
    assert b.problem(inspect(tmp_path / "store", TS), "link-leaves-folder")


def test_the_images_user_is_checked_by_mode(tmp_path: Path) -> None:
    path = b.mar(tmp_path / "echo.mar")
    path.chmod(0o640)
    os.chown(path, 4242, 4242) if os.geteuid() == 0 else None
    report = inspect(path, TS)
    if path.stat().st_uid != 1000:
        assert "1000" in b.problem(report, "not-readable-by-server").why
    assert "not-readable-by-server" not in b.ids(inspect(path, TS, uid=path.stat().st_uid))
    path.chmod(0o604)
    assert "not-readable-by-server" not in b.ids(inspect(path, TS, uid=77))


def test_the_other_server_is_offered(tmp_path: Path) -> None:
    base = b.put(tmp_path / "tf" / "1").parent
    archive = b.mar(tmp_path / "store" / "echo.mar")
    for path, server, other in [
        (base, TS, TF),
        (base / "1", TS, TF),
        (base / "1" / "saved_model.pb", TS, TF),
        (archive, TF, TS),
        (archive.parent, TF, TS),
        (b.folder(tmp_path / "f"), TF, TS),
    ]:
        report = inspect(path, server)
        fix = b.problem(report, "other-server").fix
        assert not report.usable and report.problems[0].id == "other-server"
        assert fix and (fix.kind, fix.server, fix.path) == ("server", other, path)
    assert b.archives(inspect(archive, TF))[0].name == "echo" and b.versions(inspect(base, TS))[0].number == 1


@pytest.mark.parametrize(
    ("name", "server", "words", "switch"),
    [
        ("m.h5", TF, '.export("m/1")', False),
        ("m.keras", TF, '.export("m/1")', False),
        ("m.keras", TS, "TensorFlow Serving", True),
        ("net.pt", TS, "torch-model-archiver --model-name net", False),
        ("net.pth", TF, "TorchServe", True),
        ("net.onnx", TF, "onnx2tf", False),
        ("net.onnx", TS, "onnxruntime", False),
        ("m.zip", TS, ".mar", False),
        ("frozen.pb", TF, "tf.saved_model.save", False),
        ("readme.txt", TF, "SavedModel", False),
        ("noext", TS, ".mar", False),
    ],
)
def test_files_that_no_server_loads(tmp_path: Path, name: str, server: str, words: str, switch: bool) -> None:
    (tmp_path / name).write_bytes(b"x")
    report = inspect(tmp_path / name, server)
    found = report.problems[0]
    assert report.kind == "file" and found.id in ("needs-export", "not-a-model") and found.severity == "functional"
    assert words in found.instead
    assert bool(found.fix and found.fix.kind == "server") is switch


def test_a_folder_with_nothing_but_weights(tmp_path: Path) -> None:
    (tmp_path / "net.pt").write_bytes(b"x")
    report = inspect(tmp_path, TS)
    assert report.kind == "unknown" and "net.pt" in b.problem(report, "needs-export").message


def test_a_git_lfs_pointer(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    for name in ("m.mar", "m.tar.gz", "m.pt"):
        (tmp_path / name).write_bytes(pointer)
        assert b.problem(inspect(tmp_path / name, TS), "git-lfs-pointer")
