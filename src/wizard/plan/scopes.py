"""The scope of an API for which an answers file gives other values only, such as its port."""

from __future__ import annotations

from typing import Any

from wizard import registry


def with_scopes(data: dict[str, Any]) -> dict[str, Any]:
    """The answers with a scope for each API that is mentioned without one.

    It follows from the address: a path means a socket, anything else an interface. Without an address, it is the
    server's usual scope.
    """
    bind, server = data.get("bind"), data.get("server")
    if not isinstance(bind, dict) or not isinstance(server, str) or server not in registry.names():
        return data
    open_ = {api: table for api, table in bind.items() if isinstance(table, dict) and "scope" not in table}
    if not open_:
        return data
    native = isinstance(data.get("run"), dict) and data["run"].get("how") == "native"
    usual = {each.api: each.native_default if native else each.default for each in registry.adapter(server).apis}
    filled = {
        api: {"scope": _of_address(table.get("address")) or usual[api].scope, **table}
        for api, table in open_.items()
        if api in usual
    }
    return {**data, "bind": {**bind, **filled}}


def _of_address(address: Any) -> str:
    if not isinstance(address, str) or not address:
        return ""
    return "socket" if address.startswith("/") else "interface"
