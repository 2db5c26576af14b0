"""What an adapter says about the models its server loads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.models.disk import Listing
    from wizard.models.found import Found, Glance
    from wizard.models.report import Problem, Servable, Surroundings


class ModelFormats(Protocol):
    """The models one server loads. Only looks at them: nothing is unpacked, imported or run.

    A server's class inherits from this; whatever has a default here it may leave out.
    """

    uid: int
    """Number of the user the planned container runs as, who must be able to read the model."""
    what: str
    """What its models are called: "a SavedModel"."""
    wanted: str
    """What to give it: "a folder with a SavedModel"."""
    hint: str
    """The placeholder of the path field."""
    id_hint: str = ""
    """The form of a model id if the server can download models; "" = it cannot."""
    numbered: bool = False
    """A path contains numbered versions, which the Plan may choose and label."""
    empty: str
    """What the server does with an empty folder, in one sentence."""
    nothing: str
    """What a folder without a model lacks, in one sentence."""
    titles: ClassVar[Mapping[str, str]]
    """Kind of a layout -> the name people use for it."""
    exports: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """File name extension of another format -> what to do with such a file; {file} and {name} stand for its names."""

    @property
    def problems(self) -> Mapping[str, Mapping[str, Any]]:
        """Id of every problem its own kind of models can have -> severity, text, why and instead."""
        return {}

    def directory(self, path: Path, here: Listing) -> Found | None:
        """Recognise a folder; None if there is nothing for this server in or around it."""

    def file(self, path: Path) -> Found | None:
        """Recognise a file; None if it is nothing to this server."""

    def glance(self, path: Path, there: Listing | None) -> Glance | None:
        """What an entry looks like from its name and the names in it (None = it is a file); no file is opened."""

    def sample(self, servables: tuple[Servable, ...]) -> tuple[str, bytes] | None:
        """Content type and body of a first request, None if none can be made."""

    def misfits(self, models: Mapping[str, Servable], given: Surroundings) -> Iterable[tuple[str, Problem]]:
        """Problems of models, by name, in the place where they would run: (name, problem); "" = all of them together.

        Nothing if that cannot be told from their files.
        """
        return ()
