"""Read the server's text-format files and check a ModelServerConfig (server.cc, server_core.cc)."""

from __future__ import annotations

import errno
import re
import threading
import time
from pathlib import Path
from typing import Any

from . import log
from .protos import message
from .status import from_os_error, invalid
from .textformat import parse

PLATFORMS = ("tensorflow",)  # platform_config_util.cc:33


def read_text_proto(path: str, message_name: str) -> Any:
    """Parse a text-format file; raises StatusError as proto_util.h:27-40 does, the reason is only in the log."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise from_os_error(error, path) from None
    if not data:
        # The file is memory-mapped, and a mapping of no bytes is an error.
        raise from_os_error(OSError(errno.EINVAL, "Invalid argument"), path)
    result = message(message_name)()
    problems = parse(data, result)
    for problem in problems:
        now = time.time()
        stamp = f"E0000 00:00:{int(now)}.{int(now % 1 * 1e6):06d} {threading.get_native_id():7d}"
        log.raw(f"{stamp} text_format.cc:430] Error parsing text-format {message_name}: {problem}")
    if problems:
        raise invalid(f"Invalid protobuf file: '{path}'")
    return result


def single_model(name: str, base_path: str) -> Any:
    """Return the configuration of the single-model mode."""
    log.info(
        "model_servers/server.cc:77",
        f"Building single TensorFlow model file config:  model_name: {name} model_base_path: {base_path}",
    )
    config = message("tensorflow.serving.ModelServerConfig")()
    config.model_config_list.config.add(name=name, base_path=base_path, model_platform="tensorflow")
    return config


def check(config_list: Any) -> None:
    """Raise StatusError for a duplicate name or a relative path (server_core.cc:115-152)."""
    names: set[str] = set()
    for model in config_list.config:
        if model.name in names:
            raise invalid(f"Illegal to list model {model.name} multiple times in config list")
        names.add(model.name)
    for model in config_list.config:
        if not (model.base_path.startswith("/") or re.match(r"[a-zA-Z][a-zA-Z0-9.]*://", model.base_path)):
            raise invalid(
                f"Expected model {model.name} to have an absolute path or URI; got base_path()={model.base_path}"
            )


def check_platforms_kept(old: Any, new: Any) -> None:
    """Raise StatusError when a model that exists in both lists changes its platform."""
    before = {model.name: platform(model) for model in old.config}
    for model in new.config:
        if model.name in before and (now := platform(model)) != before[model.name]:
            raise invalid(
                f"Illegal to change a model's platform. For model {model.name} platform was {before[model.name]} "
                f"and new platform requested is {now}"
            )


def platform(model: Any) -> str:
    """Return a model's platform; raises StatusError when none, or both ways to name one, are given."""
    if model.model_type:
        log.warning(
            "model_servers/server_core.cc:82",
            "Deprecated ModelServerConfig::model_type field used. Prefer ModelServerConfig::model_platform.",
        )
        if model.model_platform:
            raise invalid(
                "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform."
            )
        if model.model_type != 1:
            raise invalid(f"ModelServerConfig::model_type choice {model.model_type} not supported.")
        return "tensorflow"
    if not model.model_platform:
        raise invalid(
            "Illegal setting neither ModelServerConfig::model_type (deprecated) nor "
            f"ModelServerConfig::model_platform, model name is {model.name}"
        )
    return str(model.model_platform)


def check_platforms(config_list: Any) -> None:
    """Raise StatusError for a platform the server does not have (server_core.cc:662-666)."""
    for model in config_list.config:
        if (asked := platform(model)) not in PLATFORMS:
            raise invalid(f"Model {model.name} requests unsupported platform {asked}")
