"""Hosts and ports as they are written: whether anybody could open a connection there."""

import re
from ipaddress import AddressValueError, IPv6Address

LAST_PORT = 65_535
"""Ports are 1 to this."""

_HOST_PORT = re.compile(r"(?:\[(?P<v6>[^\s\[\]]+)\]|(?P<name>[\w.-]+)):(?P<port>[0-9]+)")


def mistake(written: str, scheme: str) -> str:
    """What is wrong with `scheme://host:port`, where nothing follows the port; "" if nothing is."""
    found = _HOST_PORT.fullmatch(written.removeprefix(f"{scheme}://"))
    if found is None or not written.startswith(f"{scheme}://"):
        return f"expected {scheme}://host:port"
    if not 1 <= int(found["port"][:6]) <= LAST_PORT:
        return f"there is no port {found['port'][:12]}"
    return host_mistake(found["v6"] or found["name"])


def host_mistake(host: str) -> str:
    """What is wrong with the name or address of a host, without brackets; "" if nothing is.

    A name is encoded as it is before it is looked up (IDNA, RFC 3490): each part has 1 to 63 characters.
    """
    try:
        if ":" in host:
            IPv6Address(host)
        host.encode("idna")
    except AddressValueError:
        return f"{host} is no IPv6 address"
    except UnicodeError:
        return f"{host} is no name of a host: each part has 1 to 63 characters"
    return ""
