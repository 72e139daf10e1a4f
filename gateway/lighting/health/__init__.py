"""Which sensors are to be believed: one test a module, and all of them together.

| test | a sensor is doubted | and passes again |
|---|---|---|
| `silence` | when it said nothing for longer than its heartbeat, or went | with its next word |
| `impossible` | when it says what cannot be | after some values that can be |
| `stuck` | when somebody is there without a break for hours | when people came and went again |
| `flapping` | when it changes faster than people walk | after an hour with few changes |
| `zeros` | when it counts nobody for longer than that time of the week makes likely | after it counted people |

Only what a sensor says can begin or end a doubt; only silence has a clock.
"""

from gateway.lighting.health.signs import NEVER, is_sign_of_life
from gateway.lighting.health.verdicts import NO_VERDICTS, Health

__all__ = ["NEVER", "NO_VERDICTS", "Health", "is_sign_of_life"]
