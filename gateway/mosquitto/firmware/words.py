"""The same for every firmware that has no words of its own here."""

from gateway.mosquitto.firmware.ticket import Ticket


def written(ticket: Ticket) -> str:
    """Server, account and certificate, to be typed in wherever they are asked for."""
    lines = [
        f"# {ticket.device.id} at the broker of {ticket.site}",
        f"server    {ticket.host}",
        f"port      {ticket.port}{' (TLS)' if ticket.authority else ' (not encrypted)'}",
        f"user      {ticket.account}",
        f"password  {ticket.password}",
        *([f"authority, in PEM:\n{ticket.authority.strip()}"] if ticket.authority else []),
    ]
    return "\n".join(lines) + "\n"
