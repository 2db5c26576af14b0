"""Loads torch when something of it is used: a worker of TorchServe imports it, for 2 s of CPU, and seldom needs it.

The line beside it in later_torch.pth runs this at the start of every Python of the environment.
"""

import sys
from importlib.machinery import ModuleSpec, PathFinder


class Later:
    """Finds torch where it always is, and lets it be executed at the first attribute that is asked for."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != "torch":
            return None
        from importlib.util import LazyLoader

        spec = PathFinder.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


sys.meta_path.insert(0, Later())
