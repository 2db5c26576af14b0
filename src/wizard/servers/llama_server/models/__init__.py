"""What llama-server loads, recognised by its header: GGUF files, whole or in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.servers.llama_server.models import architectures as architectures
    from wizard.servers.llama_server.models import memory_problems as memory_problems
    from wizard.servers.llama_server.models import model_files as model_files
    from wizard.servers.llama_server.models import values as values
else:
    __getattr__ = modules_of(__name__)
