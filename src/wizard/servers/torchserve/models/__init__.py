"""Recognising and reading model archives and stores: manifest, handler, members. Nothing is unpacked or executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.servers.torchserve.models import archive as archive
    from wizard.servers.torchserve.models import layout as layout
else:
    __getattr__ = modules_of(__name__)
