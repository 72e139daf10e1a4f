"""`reverbere broker renew`: a new certificate for the server, long before the old one ends."""

from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.brokering.certificates import COPY, authority_in, elsewhere, home_of, issue, server_names
from gateway.cli.brokering.placing import place, present
from gateway.cli.brokering.running import around, read_again
from gateway.cli.hints import of_broker
from gateway.cli.show import console
from gateway.mosquitto import authority
from gateway.mosquitto.authority import RENEWED
from gateway.mosquitto.errors import BrokerError
from gateway.mosquitto.settings import Files


def renew(folder: Path, mosquitto: Path, ca_dir: Path | None) -> None:
    """Sign a new certificate if the present one has less than a third of its time left, and let mosquitto read it.

    Devices notice nothing: they know the authority, and the server keeps its key. Where time is left the authority is
    not asked for; the site's files need not be good. Raises `BrokerError` if the authority's key is not there.
    """
    files, now = Files(mosquitto.resolve()), datetime.now(UTC)
    text = present(files.certificate)
    if text is None or present(folder / COPY) is None:
        setup = of_broker("reverbere broker setup", folder, files.folder)
        raise BrokerError(f"expected a certificate in {files.certificate}, found none: {setup}")
    until = authority.looked_at(text).until
    left = until - now
    if left > RENEWED:
        console.print(f"Good until {until:%Y-%m-%d}, {left.days} days: renewed when {RENEWED.days} are left.")
        return
    home = home_of(folder, files, ca_dir)
    pair = authority_in(home)
    if pair is None:
        raise elsewhere(folder, home)
    issued = issue(files, pair, server_names(files), now)
    suffix = place(issued.drafts)
    console.print(f"Good until {issued.until:%Y-%m-%d}. The old certificate is kept as .{suffix}.", markup=False)
    console.print(read_again(around(files)).words, markup=False)
