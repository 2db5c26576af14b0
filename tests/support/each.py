"""One test about very many small cases, in place of a test for each: collecting those takes longer than running them.

Every case is tried, and each that fails is told with its arguments and its own traceback.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any


def each(cases: Iterable[tuple[Any, ...]]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a test try its first arguments from each of these tuples; without any, it fails. The others are fixtures."""

    listed = tuple(cases)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        def tried(**fixtures: Any) -> None:
            failed: list[Exception] = []
            for case in listed:
                try:
                    test(*case, **fixtures)
                except Exception as error:
                    error.add_note(f"with {', '.join(str(getattr(value, 'id', value))[:200] for value in case)}")
                    failed.append(error)
            assert listed, "there is no case"
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {len(listed)} cases fail", failed)

        tried.__name__, tried.__qualname__ = test.__name__, test.__qualname__
        tried.__doc__, tried.__module__ = test.__doc__, test.__module__
        given = len(listed[0]) if listed else 0
        others = list(inspect.signature(test).parameters.values())[given:]
        tried.__signature__ = inspect.Signature(others)  # type: ignore[attr-defined]
        return tried

    return decorate
