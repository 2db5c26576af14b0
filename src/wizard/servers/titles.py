"""The name of an API in a sentence. Separate from the contract, which would take the first screen too long to load."""

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
    """The name of an API in a sentence, including those that only one server has."""
    return API_TITLES.get(api, api.replace("_", " "))
