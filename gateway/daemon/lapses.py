"""What ends by time alone, because devices say for how long their words hold and nothing more."""

from typing import Final

from gateway.clock import SECOND, Clock
from gateway.daemon.intake import Intake

LOOK: Final = SECOND
"""How long an end may wait of which nobody knew when this went to sleep."""

IDLE: Final = 60 * SECOND
"""How long it sleeps where no make is configured that says for how long its words hold; a reload may change that."""


async def watch(intake: Intake, clock: Clock) -> None:
    """Let the intake take what has ended, soon after it did."""
    while True:
        look = clock.now().time + (LOOK if intake.lapsing else IDLE)
        due = intake.due()
        await clock.sleep_until(look if due is None else min(due, look))
        intake.lapse(clock.now().time)
