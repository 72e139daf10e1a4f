"""A demo's figures in words."""

from pathlib import Path

from gateway.cli.score import Score
from gateway.cli.show import console


def print_score(score: Score, keep: Path | None) -> None:
    """Print what a demo came to, the answer first."""
    exact = "every one of them" if score.people_sensed == score.people_recorded else "NOT ALL OF THEM"
    console.print()
    console.print(f"{score.people_sensed} people sensed, {score.people_recorded} recorded: {exact}")
    for counter, people in score.by_counter.items():
        console.print(f"   {counter:<16}{people['sensed']:>6} sensed {people['recorded']:>6} recorded", markup=False)
    console.print(
        f"   radar (estimated) {score.people_estimated_sensed:>4} passed {score.people_estimated_recorded:>6} recorded"
    )
    console.print(
        f"{score.street_seconds / 3600:.2f} h of street time, {score.messages_sent} messages, "
        f"{score.readings_stored} readings stored, {score.commands_sent} orders to lamps"
    )
    console.print(
        f"mean level {score.mean_level_percent:.0f} %; {score.energy_wh:.0f} Wh instead of {score.always_on_wh:.0f} Wh "
        f"at full light: {score.saving():.0f} % saved"
    )
    if keep is not None:
        console.print(f"Look closer:  reverbere explain lamp-07 --config {keep}", markup=False)
