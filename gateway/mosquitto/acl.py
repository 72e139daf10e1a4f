"""The access file: what is not allowed in it is refused (mosquitto.conf(5), acl_file). Pure."""

from collections.abc import Container, Iterable, Iterator

from gateway.mosquitto.accounts import Account

_HEAD = """\
# Written by `reverbere broker`, which writes it anew with every change: what you add belongs into local.acl beside it.
# What is not allowed here is refused. Only the gateway may give orders to lamps; a device may speak for itself alone.
# Accounts are here as long as they have a password: `reverbere devices credentials ID` gives one, `revoke` takes it.
"""

_LOCAL = """
# ---- from local.acl
"""


def written(gateway: Account, others: Iterable[Account], known: Container[str], local: str = "") -> str:
    """Write the access file. Only accounts that are `known` to the password file are in it, the gateway always.

    `local` is appended as it is: accounts of programs that are nothing of the site's.
    """
    allowed = [gateway, *sorted((each for each in others if each.name in known), key=lambda account: account.name)]
    blocks = "".join(
        f"\n{line}" if line.startswith("user ") else line for account in allowed for line in _block(account)
    )
    return _HEAD + blocks + (_LOCAL + local if local else "")


def named(text: str) -> frozenset[str]:
    """The accounts that an access file speaks of."""
    return frozenset(line.partition(" ")[2].strip() for line in text.splitlines() if line.startswith("user "))


def _block(account: Account) -> Iterator[str]:
    yield f"user {account.name}\n"
    if len(account.devices) > 1 or (account.devices and account.devices[0] != account.name):
        yield f"# for {', '.join(account.devices)}\n"
    for note in account.notes:
        yield f"# {note}\n"
    both = set(account.writes) & set(account.reads)
    for topic in account.writes:
        yield f"topic {'readwrite' if topic in both else 'write'} {topic}\n"
    for topic in account.reads:
        if topic not in both:
            yield f"topic read {topic}\n"
