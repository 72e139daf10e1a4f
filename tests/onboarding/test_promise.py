"""What `devices discover` shows of a device is what the gateway reads of it once its line is in devices.yaml."""

import pytest

from devices.convention import WIRED, hear
from devices.device import Kind
from devices.message import Message
from devices.reading import Reading
from gateway.configuration.site import Site
from gateway.daemon.routes import Routes
from gateway.onboarding.block import Placement
from gateway.onboarding.discovery import Discovery
from gateway.onboarding.proposal import PEOPLE, SOMEBODY, Proposal, Sure
from tests.devices.examples import EXAMPLES
from tests.devices.test_corpus import CORPUS, rows
from tests.onboarding.heard import NOW, SITE, Told, approved, found, messages

GUESSED = Placement("quai", "30m", type="led-9w")


def read_by_gateway(site: Site, device: str, heard: list[Message]) -> set[str]:
    """What the conventions of a site with the device read of it, as the daemon would."""
    routes = Routes(site)
    said: set[str] = set()
    for message in heard:
        convention = routes.convention("mqtt", message.topic)
        for item in [] if convention is None else hear(convention, message):
            if isinstance(item, Reading) and item.device == device:
                said.add(item.quantity.value)
            elif getattr(item, "lamp", None) == device:
                said.add("level")
        routes.grown("mqtt")
    return said


def kept(proposal: Proposal, heard: list[Message]) -> None:
    promised = {value.quantity for value in proposal.values} & (PEOPLE | SOMEBODY | {"level"})
    if proposal.kind is Kind.SENSOR:
        promised -= {"level"}
    site = approved(proposal, GUESSED)
    assert promised <= read_by_gateway(site, "waited", heard), proposal


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - {*WIRED, "custom"}))
def test_every_make_is_recognised_by_what_it_says(name: str) -> None:
    example = EXAMPLES[name]
    told: list[Told] = [*example.before, *example.messages]
    told = [(topic.replace("reverbere/lab/", f"reverbere/{SITE}/"), payload) for topic, payload in told]
    if name in ("cayenne", "bthome"):
        told = [(f"home/{name}/{topic}", payload) for topic, payload in told]
    heard = messages(told)
    discovery = Discovery(SITE)
    for message in heard:
        discovery.hear(message)
    useful = [proposal for proposal in found(discovery).values() if proposal.useful]
    assert useful
    assert {proposal.convention for proposal in useful} == {name}
    assert all(proposal.sure is not Sure.GUESS for proposal in useful)
    for proposal in useful:
        kept(proposal, heard)


def test_a_payload_of_no_make_is_read_by_the_mapping_that_was_guessed() -> None:
    heard = messages([("shop/door", {"data": {"people_in": 2, "people_out": 1}, "motion": True, "lux": 3, "id": 7})])
    discovery = Discovery(SITE)
    discovery.hear(heard[0])
    assert discovery.moved() == ["door"]
    proposal = found(discovery)["door"]
    assert (proposal.sure, proposal.measures) == (Sure.GUESS, ("pedestrians", "presence"))
    kept(proposal, heard)


def test_devices_of_the_corpus_are_read_as_they_were_shown() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"no messages at {CORPUS}: put them there, or name their folder in REVERBERE_CORPUS")
    seen = 0
    for row in rows():
        if row.convention in WIRED:
            continue
        heard = messages([*row.before, (row.topic, row.payload)], start=NOW)
        discovery = Discovery(SITE)
        for message in heard:
            discovery.hear(message)
        for proposal in found(discovery).values():
            if proposal.useful and proposal.values:
                seen += 1
                kept(proposal, heard)
    assert seen > 40
