"""What an API is called in a sentence. Apart from the contract, which the first screen has no time to read."""

from __future__ import annotations

API_TITLES = {
    "inference": "inference",
    "management": "management",
    "metrics": "metrics",
    "grpc": "gRPC",
    "grpc_management": "gRPC management",
}
"""The usual APIs."""


def api_title(api: str) -> str:
    """An API in a sentence, also one that only one server has."""
    return API_TITLES.get(api, api.replace("_", " "))
