"""Files that say how processes are started: each module reads one kind and yields `Start` values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.check.holders import compose as compose
    from wizard.check.holders import compose_configs as compose_configs
    from wizard.check.holders import compose_keys as compose_keys
    from wizard.check.holders import docker_build as docker_build
    from wizard.check.holders import dockerfile as dockerfile
    from wizard.check.holders import flag_list as flag_list
    from wizard.check.holders import kubernetes as kubernetes
    from wizard.check.holders import kubernetes_variables as kubernetes_variables
    from wizard.check.holders import launchd as launchd
    from wizard.check.holders import openrc as openrc
    from wizard.check.holders import pipelines as pipelines
    from wizard.check.holders import quadlet as quadlet
    from wizard.check.holders import readme as readme
    from wizard.check.holders import recipes as recipes
    from wizard.check.holders import scripts as scripts
    from wizard.check.holders import supervisor as supervisor
    from wizard.check.holders import units as units
else:
    __getattr__ = modules_of(__name__)
