"""`reverbere devices ignore`: somebody who waits is not shown any more."""

from dataclasses import replace
from pathlib import Path

from gateway.cli.hints import of_site
from gateway.cli.show import console
from gateway.configuration.build import load
from gateway.onboarding import waiting
from gateway.onboarding.errors import OnboardingError


def ignore(folder: Path, device: str, *, again: bool) -> None:
    """Hide a device from `devices discover`, or show it again. Raises `OnboardingError` if nobody is called so."""
    site = load(folder)
    if again:
        waiting.update(site.state, lambda known: _shown(known, device))
        console.print(f"{device} is shown again.", markup=False)
        return
    name = waiting.update(site.state, lambda known: _hidden(known, device)).ignored[-1]
    undo = of_site(f"reverbere devices ignore {name} --undo", folder)
    console.print(f"{name} is not shown any more; to see it again: {undo}", markup=False)


def _shown(known: waiting.Waiting, device: str) -> waiting.Waiting:
    if device not in known.ignored:
        raise OnboardingError(f"expected one of those who are ignored ({', '.join(known.ignored) or 'nobody'})")
    return replace(known, ignored=tuple(name for name in known.ignored if name != device))


def _hidden(known: waiting.Waiting, device: str) -> waiting.Waiting:
    found = known.named(device)
    if found is None:
        raise OnboardingError(f'nobody waits who is called "{device}": reverbere devices discover  finds who does')
    return replace(known, ignored=(*(name for name in known.ignored if name != found.id), found.id))
