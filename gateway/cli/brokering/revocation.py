"""`reverbere devices revoke`: a password that no longer opens anything."""

from pathlib import Path

import typer

from gateway.cli.brokering.grounds import Grounds, grounds, set_up
from gateway.cli.brokering.placing import changed, place
from gateway.cli.brokering.running import around, read_again
from gateway.cli.explained.unknown import UnknownNameError
from gateway.cli.hints import of_broker
from gateway.cli.show import console
from gateway.mosquitto.accounts import Account, owner
from gateway.mosquitto.errors import BrokerError


def revoke(folder: Path, name: str, mosquitto: Path, *, ask: bool) -> bool:
    """Take an account's password and rights, and let mosquitto know: who is connected by it is cut off at once.

    Say whether mosquitto was reached: else a connection that stands goes on.

    Raises `ConfigurationError`, `UnknownNameError`, and `BrokerError` if it has no password.
    """
    found = grounds(folder, mosquitto)
    kept, account = set_up(found), account_of(found, name)
    if account.name not in kept:
        raise BrokerError(f"expected a password of {account.name}, found none: it is refused already")
    if ask:
        typer.confirm(f"{_who(account)} can no longer connect. Go on?", abort=True)
    del kept[account.name]
    suffix = place(changed(found.doors(kept, "")))
    console.print(f"{account.name} has no password and no rights any more; the old files are .{suffix}.", markup=False)
    nudged = read_again(around(found.files))
    then = "its connection is closed" if nudged.done else "a connection that stands goes on until then"
    console.print(f"{nudged.words}; {then}.", markup=False)
    console.print("It stays in devices.yaml: its lamps and sensors count as silent. Back in:", markup=False)
    back = of_broker(f"reverbere devices credentials {account.name}", folder, found.files.folder)
    console.print(f"  {back}", markup=False)
    return nudged.done


def account_of(found: Grounds, name: str) -> Account:
    """The account of a device, by its id or label, or of a bridge by its own name. Raises `UnknownNameError`."""
    device = found.site.device(name)
    account = owner(found.accounts, device.id) if device is not None else None
    account = account or next((each for each in found.accounts if each.name == name), None)
    if account is not None:
        return account
    if device is not None:
        raise UnknownNameError(f"{name} is not behind the broker: it needs no account")
    known = ", ".join(each.name for each in found.accounts)
    raise UnknownNameError(f'expected a device or one of the accounts {known}, found "{name}"')


def _who(account: Account) -> str:
    others = [device for device in account.devices if device != account.name]
    return f"{account.name} (it speaks for {', '.join(others)})" if others else account.name
