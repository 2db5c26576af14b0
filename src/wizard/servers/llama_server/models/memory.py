"""How much memory a model takes, computed from its header: the weights, and the cache for tokens that were read or
written.

The cache grows with the context, the number of tokens that a conversation may have. Some models keep less than is
computed here (sliding windows, recurrent layers); none keeps more.
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.servers.llama_server.models.gguf import Header, Items

_HALF = 2  # bytes of a number in the cache, unless --cache-type-k and -v say otherwise


@dataclass(frozen=True, slots=True)
class Needs:
    """Bytes of memory: for the weights, and for each token of the context.

    `context` is the size the model was made for.
    """

    weights: int
    token: int
    context: int

    def total(self, context: int) -> int:
        """Bytes with a context of this many tokens; 0 = the size the model was made for."""
        return self.weights + self.token * (context or self.context)


def needs(header: Header, weights: int) -> Needs:
    """What a model needs; `weights` are the bytes of the tensors of all its parts."""
    prefix = header.text("general.architecture")
    return Needs(weights, _token(header, prefix), header.number(f"{prefix}.context_length") or 0)


def largest_context(wanted: Needs, memory: int) -> int:
    """The largest number of tokens that fits into this many bytes, up to what the model was made for; 0 if not even
    the weights fit."""
    left = memory - wanted.weights
    if left <= 0:
        return 0
    return wanted.context if not wanted.token else min(wanted.context, left // wanted.token)


def _token(header: Header, prefix: str) -> int:
    """Bytes of the cache for one token: keys and values of each layer."""
    layers = header.number(f"{prefix}.block_count") or 0
    key, value = _widths(header, prefix)
    latent = header.number(f"{prefix}.attention.kv_lora_rank")
    if latent:
        turned = header.number(f"{prefix}.rope.dimension_count") or 0
        return layers * (latent + turned) * _HALF
    return _heads(header, prefix, layers) * (key + value) * _HALF


def _heads(header: Header, prefix: str, layers: int) -> int:
    """Heads that keep something, over all layers. Layers may differ in their number."""
    for name in ("head_count_kv", "head_count"):
        key = f"{prefix}.attention.{name}"
        found, number = header.values.get(key), header.number(key)
        if isinstance(found, Items):
            return sum(found.numbers)
        if number is not None:
            return layers * number
    return 0


def _widths(header: Header, prefix: str) -> tuple[int, int]:
    width = header.number(f"{prefix}.embedding_length") or 0
    counted = f"{prefix}.attention.head_count"
    found = header.values.get(counted)
    heads = max(found.numbers, default=0) if isinstance(found, Items) else header.number(counted) or 0
    usual = width // heads if heads > 0 else 0
    key = header.number(f"{prefix}.attention.key_length")
    value = header.number(f"{prefix}.attention.value_length")
    return (usual if key is None else key), (usual if value is None else value)
