"""The answers of somebody who begins, for tests of what is made of them."""

from gateway.configuration.starting import BrokerAt, Start, Street

START = Start(
    name="Nicéphore Labs",
    town="Chalon-sur-Saône (FR)",
    latitude=46.7811,
    longitude=4.8537,
    time_zone="Europe/Paris",
    street=Street("Rue des Tanneurs", "600 m"),
    broker=BrokerAt("mqtt://127.0.0.1:1883"),
    state="state",
    keep="90 days",
)
