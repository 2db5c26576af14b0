"""Reads existing files: recognises them, reads them with positions, combines them, says what each line does, and
fixes it.

It has no side effects; a function passed in reads neighbouring files. The caller walks folders and writes files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.check import analysis as analysis
    from wizard.check import baseline as baseline
    from wizard.check import belonging as belonging
    from wizard.check import cluster as cluster
    from wizard.check import drop_ins as drop_ins
    from wizard.check import dropped_words as dropped_words
    from wizard.check import embedded as embedded
    from wizard.check import entrypoints as entrypoints
    from wizard.check import environment_files as environment_files
    from wizard.check import findings as findings
    from wizard.check import gateways as gateways
    from wizard.check import general as general
    from wizard.check import held_elsewhere as held_elsewhere
    from wizard.check import importing as importing
    from wizard.check import kustomize as kustomize
    from wizard.check import kustomize_objects as kustomize_objects
    from wizard.check import layered_compose as layered_compose
    from wizard.check import manifests as manifests
    from wizard.check import nameless as nameless
    from wizard.check import reports as reports
    from wizard.check import same_ports as same_ports
    from wizard.check import suppression as suppression
else:
    __getattr__ = modules_of(__name__)
