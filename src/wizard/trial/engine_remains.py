"""What trials left in a container engine: found by labels, and removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from docker.errors import APIError

from wizard.deployment.labels import TRIAL_LABEL
from wizard.machine import docker_engine
from wizard.trial import marks, records

Chosen = Callable[[Mapping[str, str]], bool]


def remove(client: Any, chosen: Chosen, trial_id: str = "") -> int:
    """Remove containers, then networks and images, by their labels; with an id, those of that trial.

    Returns how many. Raises WizardError if the engine does not answer; what is in use stays.
    """
    label = f"{TRIAL_LABEL}={trial_id}" if trial_id else TRIAL_LABEL
    with docker_engine.speaking("remove what a trial made"), ThreadPoolExecutor(max_workers=8) as pool:
        containers = [c for c in _containers(client, label) if chosen(c.labels)]
        removed = sum(pool.map(lambda c: quietly(c.remove, force=True, v=True), containers))
        networks = [n for n in _networks(client, label) if chosen(n.attrs.get("Labels") or {})]
        removed += sum(pool.map(lambda n: quietly(n.remove), networks))
        removed += _images(client, label, chosen)
    for container in containers:
        folder = container.labels.get(marks.PREFIX + "folder", "")
        records.remove_folder(folder, container.labels.get(TRIAL_LABEL, ""))
    return removed


def left(client: Any, trial_id: str) -> bool:
    """Whether anything of a trial is still there. Raises WizardError if the engine does not answer."""
    label = f"{TRIAL_LABEL}={trial_id}"
    with docker_engine.speaking("look for what a trial made"):
        return any((_containers(client, label), _networks(client, label), _found_images(client, label)))


def quietly(call: Callable[..., Any], *arguments: Any, **options: Any) -> int:
    """1 if it worked, 0 if it was gone already or is in use."""
    try:
        call(*arguments, **options)
    except APIError:
        return 0
    return 1


def _images(client: Any, label: str, chosen: Chosen) -> int:
    """An image can only be removed after those built on it; so repeat until no more can be removed."""
    removed = 0
    while True:
        found = [i for i in _found_images(client, label) if chosen(i.get("Labels") or {})]
        gone = sum(quietly(client.images.remove, image["Id"], force=True) for image in found)
        removed += gone
        if not gone:
            return removed


def _containers(client: Any, label: str) -> list[Any]:
    return list(client.containers.list(all=True, filters={"label": label}, ignore_removed=True))


def _networks(client: Any, label: str) -> list[Any]:
    return list(client.networks.list(filters={"label": label}))


def _found_images(client: Any, label: str) -> Iterable[dict[str, Any]]:
    """Not `images.list`: it fails if an image is removed meanwhile."""
    return list(client.api.images(filters={"label": label}))
