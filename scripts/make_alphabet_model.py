"""Make the bundled sample for llama.cpp, from nothing but this file: a language model that knows the alphabet.

    python scripts/make_alphabet_model.py            write it into the package
    python scripts/make_alphabet_model.py --check    exit 1 if the file there differs from what would be written

It is a real Llama model with one layer whose attention and feed-forward weights are zero, so each token is
predicted from the one before it alone: after "abc" comes "defgh...z", and the end. After anything it does not know
it begins with "a". The embeddings are rows of a Hadamard matrix, so that no two letters can be mixed up, at any
temperature. The bytes are the same on every run.
"""

from __future__ import annotations

import argparse
import string
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

SAMPLE = Path(__file__).resolve().parent.parent / "src/wizard/servers/llama_server/sample/alphabet.gguf"

WIDTH = 64
LETTERS = [*string.ascii_lowercase, *string.digits]
BLANK = "▁"
TOKENS = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), BLANK, *LETTERS]
FIRST_LETTER = TOKENS.index("a")
END = TOKENS.index("</s>")
CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"

# Kinds of values and tensors, and of tokens, as the format numbers them.
UINT32, FLOAT32, BOOL, STRING, ARRAY, INT32 = 4, 6, 7, 8, 9, 5
F32, F16 = 0, 1
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
ALIGNMENT = 32


def text(value: str) -> bytes:
    """A string: its length in bytes, then the bytes."""
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def scalar(kind: int, value: float | str) -> bytes:
    """One value without its kind."""
    if kind == STRING:
        return text(str(value))
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}[kind], value)


def pair(key: str, kind: int, value: float | str) -> bytes:
    """One line of the header."""
    return text(key) + struct.pack("<I", kind) + scalar(kind, value)


def pairs(key: str, kind: int, values: Iterable[float | str]) -> bytes:
    """One line of the header that holds a list."""
    listed = [scalar(kind, value) for value in values]
    return text(key) + struct.pack("<IIQ", ARRAY, kind, len(listed)) + b"".join(listed)


def token_kind(token: str) -> int:
    """What the tokenizer is told a token is."""
    if token.startswith("<0x"):
        return BYTE
    return {"<unk>": UNKNOWN, "<s>": CONTROL, "</s>": CONTROL}.get(token, NORMAL)


def header() -> list[bytes]:
    """The lines that describe the model and its tokenizer."""
    return [
        pair("general.architecture", STRING, "llama"),
        pair("general.name", STRING, "Alphabet"),
        pair("general.license", STRING, "apache-2.0"),
        pair("general.file_type", UINT32, 1),
        pair("llama.context_length", UINT32, 512),
        pair("llama.embedding_length", UINT32, WIDTH),
        pair("llama.block_count", UINT32, 1),
        pair("llama.feed_forward_length", UINT32, 32),
        pair("llama.attention.head_count", UINT32, 2),
        pair("llama.attention.head_count_kv", UINT32, 2),
        pair("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5),
        pair("llama.rope.dimension_count", UINT32, 32),
        pair("llama.vocab_size", UINT32, len(TOKENS)),
        pair("tokenizer.ggml.model", STRING, "llama"),
        pair("tokenizer.ggml.pre", STRING, "default"),
        pairs("tokenizer.ggml.tokens", STRING, TOKENS),
        pairs("tokenizer.ggml.scores", FLOAT32, [0.0] * len(TOKENS)),
        pairs("tokenizer.ggml.token_type", INT32, [token_kind(token) for token in TOKENS]),
        pair("tokenizer.ggml.bos_token_id", UINT32, TOKENS.index("<s>")),
        pair("tokenizer.ggml.eos_token_id", UINT32, END),
        pair("tokenizer.ggml.unknown_token_id", UINT32, 0),
        pair("tokenizer.ggml.add_bos_token", BOOL, True),
        pair("tokenizer.ggml.add_space_prefix", BOOL, False),
        pair("tokenizer.chat_template", STRING, CHAT_TEMPLATE),
    ]


def hadamard(row: int) -> list[float]:
    """A row of the matrix in which every two rows are orthogonal."""
    return [-1.0 if (row & column).bit_count() % 2 else 1.0 for column in range(WIDTH)]


def row_of(token: int) -> int:
    """Letters and digits have a row of their own; everything else shares the first."""
    return token - FIRST_LETTER + 1 if token >= FIRST_LETTER else 0


def follower(token: int) -> int:
    """The token that comes after one."""
    if TOKENS[token] in ("z", "9"):
        return END
    return token + 1 if token >= FIRST_LETTER else FIRST_LETTER


def matrix(rows: list[list[float]]) -> bytes:
    """Rows of half-precision numbers."""
    return b"".join(struct.pack(f"<{len(row)}e", *row) for row in rows)


def zeros(rows: int, columns: int) -> tuple[tuple[int, int], int, bytes]:
    """A tensor that adds nothing."""
    return (columns, rows), F16, bytes(rows * columns * 2)


def tensors() -> dict[str, tuple[tuple[int, ...], int, bytes]]:
    """Name -> shape (fastest dimension first), kind, bytes."""
    everyone = range(len(TOKENS))
    answers = [[0.0] * WIDTH for _ in everyone]
    for token in (FIRST_LETTER - 1, *range(FIRST_LETTER, len(TOKENS))):
        answers[follower(token)] = [
            a + b for a, b in zip(answers[follower(token)], hadamard(row_of(token)), strict=True)
        ]
    ones = ((WIDTH,), F32, struct.pack(f"<{WIDTH}f", *[1.0] * WIDTH))
    square = zeros(WIDTH, WIDTH)
    return {
        "token_embd.weight": ((WIDTH, len(TOKENS)), F16, matrix([hadamard(row_of(token)) for token in everyone])),
        "output_norm.weight": ones,
        "output.weight": ((WIDTH, len(TOKENS)), F16, matrix(answers)),
        "blk.0.attn_norm.weight": ones,
        "blk.0.attn_q.weight": square,
        "blk.0.attn_k.weight": square,
        "blk.0.attn_v.weight": square,
        "blk.0.attn_output.weight": square,
        "blk.0.ffn_norm.weight": ones,
        "blk.0.ffn_gate.weight": zeros(32, WIDTH),
        "blk.0.ffn_up.weight": zeros(32, WIDTH),
        "blk.0.ffn_down.weight": zeros(WIDTH, 32),
    }


def padded(data: bytes) -> bytes:
    """The data up to the next multiple of the alignment."""
    return data + bytes(-len(data) % ALIGNMENT)


def model() -> bytes:
    """The whole file."""
    lines, weights = header(), tensors()
    described, body = b"", b""
    for name, (shape, kind, data) in weights.items():
        described += text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        described += struct.pack("<IQ", kind, len(body))
        body += padded(data)
    start = b"GGUF" + struct.pack("<IQQ", 3, len(weights), len(lines)) + b"".join(lines) + described
    return padded(start) + body


def main() -> int:
    """Write the sample, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--out", type=Path, default=SAMPLE, help="file to write")
    arguments = parser.parse_args()
    made = model()
    if not arguments.check:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_bytes(made)
    elif not arguments.out.is_file() or arguments.out.read_bytes() != made:
        print(f"differs: {arguments.out}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
