"""`reverbere broker setup`: mosquitto's files for a site, shown before they are written."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import typer

from gateway.cli.brokering.certificates import (
    COPY,
    authority_in,
    elsewhere,
    founded,
    home_of,
    issue,
    server_names,
)
from gateway.cli.brokering.grounds import LOOPBACK, Grounds, grounds, names_of_this_machine
from gateway.cli.brokering.placing import GROUP, Draft, changed, place, present, shown
from gateway.cli.brokering.pointing import pointed
from gateway.cli.brokering.running import MAIN, Around, around, read_again
from gateway.cli.hints import of_broker
from gateway.cli.show import console
from gateway.configuration.build import understand
from gateway.configuration.texts import FILES, fetch_all
from gateway.mosquitto import acl, passwords
from gateway.mosquitto.accounts import GATEWAY
from gateway.mosquitto.authority import Kind, Pair
from gateway.mosquitto.errors import BrokerError
from gateway.mosquitto.existing import USUAL, Finding, Text, fronted, told, weigh
from gateway.mosquitto.settings import TLS_PORT, Wanted, Where, written

SERVICE = "reverbere"
"""The group of the gateway's service."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asked for: where to listen, by which names, with which keys; what is None stays as it is.

    `only_tls` takes a listener without TLS away.
    """

    mosquitto: Path
    tls: Where | None = None
    plain: Where | None = None
    keep_local: bool | None = None
    names: tuple[str, ...] = ()
    authority: Path | None = None
    kind: Kind | None = None
    only_tls: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that would be written, what it would mean for others, and when the certificate ends."""

    drafts: tuple[Draft, ...]
    finding: Finding
    until: datetime
    by_hand: str = ""


def setup(folder: Path, wish: Wish, *, ask: bool, dry: bool) -> None:
    """Show what would change, ask, write it, and say what to do next.

    Raises `ConfigurationError`, and `BrokerError` where others would be harmed or files may not be written.
    """
    found = grounds(folder, wish.mosquitto)
    surroundings = around(found.files)
    prepared = prepare(found, surroundings, wish, datetime.now(UTC))
    drafts = changed(prepared.drafts)
    for line in (*shown(drafts), *(f"! {line}" for line in prepared.finding.know)):
        console.print(line, markup=False)
    if prepared.by_hand:
        console.print(prepared.by_hand, markup=False)
    if not drafts:
        console.print("Nothing to change: all of it is there.")
        return
    if dry:
        console.print("Nothing was written.")
        return
    if ask:
        typer.confirm("Write these files?", abort=True)
    suffix = place(drafts)
    console.print(f"Written. What was there before is kept as .{suffix}.", markup=False)
    for line in _next(found, surroundings, drafts):
        console.print(line, markup=False)


def prepare(found: Grounds, surroundings: Around, wish: Wish, now: datetime) -> Prepared:
    """Everything that shall be, of what is. Raises `BrokerError` where it would harm others."""
    home = home_of(found.folder, found.files, wish.authority)
    pair, new = _authority(found, home, now)
    wanted = _wanted(found, wish, home)
    issued = issue(found.files, pair, _names(found, wish, wanted.tls), now, wish.kind)
    finding, settings = _settings(surroundings, wanted)
    secret, kept, told_ = _accounts(found)
    where = found.folder / "secrets" / "mqtt" if found.mqtt.password_file is None else found.mqtt.password_file
    site, by_hand = _pointing(found, wanted.tls, where)
    drafts = (
        *settings,
        *new,
        Draft(found.folder / COPY, pair.certificate, told="the authority's certificate, for the gateway and devices"),
        *issued.drafts,
        Draft(where, f"{secret}\n".encode(), GROUP, SERVICE, "the gateway's password"),
        *found.doors(kept, told_),
        *site,
    )
    return Prepared(drafts, finding, issued.until, by_hand)


def _names(found: Grounds, wish: Wish, tls: Where) -> tuple[str, ...]:
    """The certificate's names: as wished, else as they were, and always those by which this machine calls it."""
    called = wish.names or server_names(found.files) or names_of_this_machine()
    return tuple(dict.fromkeys((*called, tls.host, *LOOPBACK)))


def _authority(found: Grounds, home: Path, now: datetime) -> tuple[Pair, tuple[Draft, ...]]:
    """The authority there is, or a new one of a site that has none."""
    pair = authority_in(home)
    if pair is not None:
        return pair, ()
    if present(found.folder / COPY) is not None:
        raise elsewhere(found.folder, home)
    return founded(found.site.id, home, now)


def _wanted(found: Grounds, wish: Wish, home: Path) -> Wanted:
    """Where to listen: as wished, else as it was, else where everybody expects TLS."""
    text = (present(found.files.settings) or b"").decode(errors="replace")
    was = told([Text(found.files.settings.name, text)]).listeners
    tls = next((each.where for each in was if "certfile" in each.says), Where(TLS_PORT))
    plain = next((each.where for each in was if "acl_file" in each.says and "certfile" not in each.says), None)
    local = wish.keep_local if wish.keep_local is not None else any("acl_file" not in each.says for each in was)
    return Wanted(
        found.site.id,
        found.files,
        home,
        wish.tls or tls,
        None if wish.only_tls else wish.plain or plain,
        USUAL if local else None,
    )


def _settings(surroundings: Around, wanted: Wanted) -> tuple[Finding, list[Draft]]:
    files = wanted.files
    separate = told([*surroundings.before, *surroundings.after]).separate
    ours = Text(files.settings.name, written(replace(wanted, first=not separate)))
    finding = weigh(surroundings.before, ours, surroundings.after)
    if finding.against:
        raise BrokerError("\n".join(("Nothing was written. mosquitto serves others here:", *finding.against)))
    if not finding.front:
        return finding, [Draft(files.settings, ours.text.encode())]
    return finding, [
        Draft(files.folder / MAIN, fronted(surroundings.main.text).encode()),
        Draft(files.settings, written(replace(wanted, first=False)).encode()),
    ]


def _accounts(found: Grounds) -> tuple[str, dict[str, str], str]:
    """The gateway's password, all accounts that shall be kept, and in words what becomes of them."""
    kept = found.kept()
    file = found.mqtt.password_file or found.folder / "secrets" / "mqtt"
    secret = (present(file) or b"").decode().strip() or passwords.drawn()
    local = acl.named((present(found.files.local) or b"").decode())
    known = {GATEWAY, *(account.name for account in found.accounts), *local}
    stay = {name: value for name, value in kept.items() if name in known}
    if not passwords.fits(secret, stay.get(GATEWAY, "")):
        stay[GATEWAY] = passwords.hashed(secret)
    gone = sorted(kept.keys() - stay.keys())
    told_ = f"{len(stay)} accounts" if len(stay) > 1 else f"the account {GATEWAY}"
    return secret, stay, told_ + (f"; no longer {', '.join(gone)}: not in devices.yaml" if gone else "")


def _pointing(found: Grounds, tls: Where, password_file: Path) -> tuple[list[Draft], str]:
    """The site's file, pointing at the new listener; in words where a person must write it."""
    host = f"[{tls.host}]" if ":" in tls.host else tls.host
    inside = password_file.is_relative_to(found.folder)
    wishes = {
        "url": f"mqtts://{host}:{tls.port}",
        "username": GATEWAY,
        "password_file": str(password_file.relative_to(found.folder) if inside else password_file),
        "ca_file": COPY,
    }
    path = found.folder / FILES[0]
    text = pointed(path.read_text(encoding="utf-8"), wishes)
    if text is not None:
        understand(found.folder, {**fetch_all(found.folder), FILES[0]: text.encode()})
        return [Draft(path, text.encode())], ""
    block = "".join(f"\n    {key}: {value}" for key, value in wishes.items())
    return [], f"! write this into {path} yourself:\n  mqtt:{block}"


def _next(found: Grounds, surroundings: Around, drafts: list[Draft]) -> Iterator[str]:
    opened = {draft.path for draft in drafts} & {found.files.settings, found.files.folder / MAIN}
    if opened:
        yield "mosquitto listens there after  sudo systemctl restart mosquitto  (all its clients reconnect);"
        yield "the gateway connects there after  sudo systemctl reload reverbere"
    else:
        yield read_again(surroundings).words
    kept = found.kept()
    silent = [account.name for account in found.accounts if account.name not in kept]
    if silent:
        few = ", ".join(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")  # noqa: PLR2004 - few
        yield f"Without a password yet, so refused: {few}."
        give = of_broker("reverbere devices credentials ID", found.folder, found.files.folder)
        yield f"{give}  gives one, with what to flash."
