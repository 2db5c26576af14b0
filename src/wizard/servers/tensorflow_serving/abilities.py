"""What a release of TensorFlow Serving can do by itself, each with the fact that it rests on."""

from __future__ import annotations

from functools import cache

from wizard.servers.contract import Abilities
from wizard.servers.tensorflow_serving.knowledge import data, knowledge, supported
from wizard.servers.version_given import release


def abilities(version: str) -> Abilities:
    """What a release can do: the same for all that are known. Raises WizardError for an unknown release."""
    return _abilities(unverified=release(supported(version))[:2] >= knowledge().unseen)


@cache
def _abilities(unverified: bool) -> Abilities:
    return Abilities.of(data()["abilities"] | {"unverified": unverified}, dict(knowledge().facts))
