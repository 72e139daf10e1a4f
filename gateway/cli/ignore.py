"""`reverbere devices ignore`: somebody who waits is not shown any more."""

from dataclasses import replace
from pathlib import Path

from gateway.cli.show import console
from gateway.configuration.build import load
from gateway.onboarding import waiting
from gateway.onboarding.errors import OnboardingError


def ignore(folder: Path, device: str, *, again: bool) -> None:
    """Hide a device from `devices discover`, or show it again. Raises `OnboardingError` if nobody is called so."""
    site = load(folder)
    known = waiting.read(site.state)
    if again:
        if device not in known.ignored:
            raise OnboardingError(f"expected one of those who are ignored ({', '.join(known.ignored) or 'nobody'})")
        left = tuple(name for name in known.ignored if name != device)
        waiting.write(site.state, replace(known, ignored=left))
        console.print(f"{device} is shown again.", markup=False)
        return
    found = known.named(device)
    if found is None:
        raise OnboardingError(f'nobody waits who is called "{device}": reverbere devices discover  finds who does')
    waiting.write(site.state, replace(known, ignored=tuple(dict.fromkeys((*known.ignored, found.id)))))
    console.print(f"{found.id} is not shown any more; to see it again: reverbere devices ignore {found.id} --undo")
