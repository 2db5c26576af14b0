"""The intents: what a user can want, each with a name for people."""

from __future__ import annotations

from enum import StrEnum


class Intent(StrEnum):
    """A wish that some layer has to grant. The value is its stable id, used in JSON output and by `explain`."""

    THIS_MACHINE = "I1"
    ONE_INTERFACE = "I2"
    ALL_INTERFACES = "I3"
    CONTAINERS_ONLY = "I4"
    NO_PAGES = "I5"
    ONE_ORIGIN = "I6"
    SEVERAL_ORIGINS = "I7"
    ANY_ORIGIN = "I8"
    OWN_POLICY = "I9"
    TOKEN = "I10"
    TLS = "I11"
    GRPC_HERE = "I12"
    MODELS = "I13"
    WAY_OF_RUNNING = "I14"
    IMPORT = "I15"
    CLUSTER = "I16"
    SOME_NETWORKS = "I17"

    @property
    def label(self) -> str:
        """The wish in a few words."""
        return _LABELS[self]


SCOPES = frozenset({Intent.THIS_MACHINE, Intent.ONE_INTERFACE, Intent.ALL_INTERFACES, Intent.CONTAINERS_ONLY})
"""Wishes about who may connect."""
PAGES = frozenset({Intent.ONE_ORIGIN, Intent.SEVERAL_ORIGINS, Intent.ANY_ORIGIN})
"""Wishes that some web page may read answers."""
_LABELS = {
    Intent.THIS_MACHINE: "only this machine",
    Intent.ONE_INTERFACE: "one interface of this machine",
    Intent.ALL_INTERFACES: "all interfaces",
    Intent.CONTAINERS_ONLY: "only other containers",
    Intent.NO_PAGES: "no cross-origin pages",
    Intent.ONE_ORIGIN: "one origin",
    Intent.SEVERAL_ORIGINS: "several origins, headers, cookies",
    Intent.ANY_ORIGIN: "any origin (development only)",
    Intent.OWN_POLICY: "management with a policy of its own",
    Intent.TOKEN: "callers must present a token, browsers included",
    Intent.TLS: "TLS",
    Intent.GRPC_HERE: "gRPC on this machine",
    Intent.MODELS: "several models, versions, labels",
    Intent.WAY_OF_RUNNING: "GPU, other ports, host network, model baked into an image",
    Intent.IMPORT: "read an existing configuration, explain it, fix it",
    Intent.CLUSTER: "Kubernetes manifests with the same reach",
    Intent.SOME_NETWORKS: "only these networks or addresses",
}
