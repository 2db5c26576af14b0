"""The reader of GGUF headers: what it reads, that it never reads weights, and that nothing makes it run away."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.llama_server import ggufs
from tests.servers.llama_server.real import SAMPLE
from tests.support.each import each
from wizard.servers.llama_server.models import gguf

maker = ggufs.maker
WHOLE = SAMPLE.read_bytes()


def read(data: bytes) -> gguf.Header:
    return gguf.read(io.BytesIO(data))


def fault(data: bytes) -> str:
    with pytest.raises(gguf.GgufError) as caught:
        read(data)
    return caught.value.fault


def test_the_sample_is_read() -> None:
    header = read(WHOLE)
    assert (header.version, header.text("general.architecture"), header.number("llama.context_length")) == (
        3,
        "llama",
        512,
    )
    assert header.values["tokenizer.ggml.tokens"] == gguf.Items(len(maker.TOKENS))
    assert header.text("tokenizer.chat_template") == maker.CHAT_TEMPLATE
    assert {t.name: (t.shape, t.size) for t in header.tensors} == {
        name: (shape, len(data)) for name, (shape, _, data) in maker.tensors().items()
    }
    assert header.end == len(WHOLE) and header.weights == sum(len(d) for *_, d in maker.tensors().values())


def test_a_value_of_another_kind_is_no_text_and_no_number() -> None:
    header = read(WHOLE)
    assert header.text("llama.context_length") == "" and header.number("general.name") is None
    assert header.number("tokenizer.ggml.add_bos_token") is None and header.number("nothing") is None


class OnlyTheHeader(io.BytesIO):
    """Complains when the weights are touched."""

    limit = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None and size >= 0
        data = super().read(size)
        assert self.tell() <= self.limit + (1 << 20), "read far beyond the header"
        return data


def test_the_weights_are_not_read() -> None:
    header = read(WHOLE)
    file = OnlyTheHeader(WHOLE + bytes(8 << 20))
    file.limit = header.start
    assert gguf.read(file) == header


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b"GG", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "magic"),
        (b"<!doctype html>", "magic"),
        (b"GGUF" + struct.pack("<IQQ", 99, 0, 0), "version"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "endian"),
        (b"GGUF" + struct.pack("<I", 3), "ends-early"),
        (b"GGUF" + struct.pack("<Iqq", 3, -1, 0), "broken"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 40, 0), "limit"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 40), "limit"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 63), "ends-early"),
        (ggufs.file([ggufs.texts(a="b")[0]] * 2), "broken"),
        (ggufs.file([maker.text("a") + struct.pack("<I", 77)]), "broken"),
        (ggufs.file([maker.text("a") + struct.pack("<IIQ", 9, 9, 1)]), "broken"),
        (ggufs.file([maker.text("a") + struct.pack("<IIQ", 9, 8, 1 << 60)]), "limit"),
        (ggufs.file([maker.text("a") + struct.pack("<IIQQ", 9, 8, 2, 1 << 62)]), "ends-early"),
        (ggufs.file([maker.text("a") + struct.pack("<IIQ", 9, 4, 1 << 60)]), "ends-early"),
        (ggufs.file([maker.pair("general.alignment", maker.UINT32, 24)]), "broken"),
    ],
)
def test_what_is_no_header_is_named(data: bytes, expected: str) -> None:
    assert fault(data) == expected


@each((cut,) for cut in range(4, read(WHOLE).start - 32, 97))
def test_a_header_that_ends_early_is_named(cut: int) -> None:
    assert fault(WHOLE[:cut]) in ("ends-early",)


def test_texts_beyond_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf, "MAX_TEXT", 100)
    assert fault(WHOLE) == "limit"


def test_strings_in_lists_beyond_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf, "MAX_STRINGS", 100)
    assert fault(WHOLE) == "limit"


def test_a_header_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf, "MAX_HEADER", 1000)
    assert fault(WHOLE) == "limit"


@given(st.binary(max_size=400))
def test_any_bytes_give_a_header_or_a_reason(data: bytes) -> None:
    for start in (b"", b"GGUF", b"GGUF\x03\x00\x00\x00"):
        try:
            assert read(start + data).start >= 0
        except gguf.GgufError as error:
            assert str(error)


@given(st.lists(st.tuples(st.integers(0, 8000), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_damage_to_a_real_header_gives_a_header_or_a_reason(damage: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, value in damage:
        data[place] = value
    try:
        header = read(bytes(data))
        assert header.weights >= 0 and header.end >= 0
    except gguf.GgufError as error:
        assert str(error)


SCALARS: dict[str, tuple[int, st.SearchStrategy[Any]]] = {
    "I": (4, st.integers(0, 2**32 - 1)),
    "i": (5, st.integers(-(2**31), 2**31 - 1)),
    "Q": (10, st.integers(0, 2**64 - 1)),
    "d": (12, st.floats(allow_nan=False)),
    "?": (7, st.booleans()),
}
LINES = st.one_of(
    *(st.tuples(st.just(form), values) for form, (_, values) in SCALARS.items()),
    st.tuples(st.just("text"), st.text(max_size=50)),
    st.tuples(st.just("texts"), st.lists(st.text(max_size=10), max_size=20)),
    st.tuples(st.just("numbers"), st.lists(st.integers(0, 2**31 - 1), max_size=20)),
)


def _line(key: str, form: str, value: Any) -> tuple[bytes, gguf.Value]:
    if form == "text":
        return maker.pair(key, maker.STRING, value), value
    if form == "texts":
        return maker.pairs(key, maker.STRING, value), gguf.Items(len(value))
    if form == "numbers":
        return maker.pairs(key, maker.INT32, value), gguf.Items(len(value), tuple(value))
    return maker.text(key) + struct.pack(f"<I{form}", SCALARS[form][0], value), value


@given(st.dictionaries(st.text(min_size=1, max_size=20).filter(lambda k: k != "general.alignment"), LINES, max_size=8))
def test_what_was_written_is_what_is_read(pairs: dict[str, tuple[str, Any]]) -> None:
    lines = {key: _line(key, *given) for key, given in pairs.items()}
    header = read(ggufs.file([line for line, _ in lines.values()]))
    assert dict(header.values) == {key: value for key, (_, value) in lines.items()}
