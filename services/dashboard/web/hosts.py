"""By which names the page may be asked for, so that no name of somebody else's can be pointed at this machine.

A page from elsewhere can have its own name resolve to this machine's address a moment later (DNS rebinding), and is
then of one origin with ours. What it cannot have is an address for a name, or a name that no public DNS gives out.
"""

import ipaddress
from collections.abc import Collection

_LOCAL_ENDS = (".localhost", ".local", ".lan", ".internal", ".home.arpa")


def is_known(host: str, names: Collection[str]) -> bool:
    """Whether the `Host` of a request (with its port) is an address, a local name, or one of these."""
    name = _without_port(host).rstrip(".").lower()
    if not name:
        return False
    return _is_address(name) or "." not in name or name.endswith(_LOCAL_ENDS) or name in {n.lower() for n in names}


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
