"""This computer: its facts, engines, ports, files, drafts and tokens on disk.

Code that touches the world outside a trial is here; everything below is pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.machine import certificates as certificates
    from wizard.machine import checkfiles as checkfiles
    from wizard.machine import completion as completion
    from wizard.machine import copies as copies
    from wizard.machine import docker_engine as docker_engine
    from wizard.machine import door as door
    from wizard.machine import engine_state as engine_state
    from wizard.machine import fault as fault
    from wizard.machine import gated_server as gated_server
    from wizard.machine import glance as glance
    from wizard.machine import hostfacts as hostfacts
    from wizard.machine import inspection as inspection
    from wizard.machine import measured_findings as measured_findings
    from wizard.machine import modelcheck as modelcheck
    from wizard.machine import ports as ports
    from wizard.machine import project as project
    from wizard.machine import texts as texts
    from wizard.machine import trial_certificate as trial_certificate
else:
    __getattr__ = modules_of(__name__)
