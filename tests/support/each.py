"""One test about very many small cases, in place of a test for each: collecting those takes longer than running them.

Every case is tried, and each that fails is told with its arguments and its own traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def each(cases: Iterable[tuple[Any, ...]]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Let a test try its arguments from each of these tuples; without any, it fails."""

    def decorate(test: Callable[..., None]) -> Callable[[], None]:
        def tried() -> None:
            count = 0
            failed: list[Exception] = []
            for case in cases:
                count += 1
                try:
                    test(*case)
                except Exception as error:
                    error.add_note(f"with {', '.join(str(getattr(value, 'id', value))[:200] for value in case)}")
                    failed.append(error)
            assert count, "there is no case"
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {count} cases fail", failed)

        tried.__name__, tried.__qualname__ = test.__name__, test.__qualname__
        tried.__doc__, tried.__module__ = test.__doc__, test.__module__
        return tried

    cases = tuple(cases)
    return decorate
