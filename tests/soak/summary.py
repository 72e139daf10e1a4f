"""What many rounds came to together."""

from collections import Counter
from dataclasses import dataclass, field

from tests.soak.faults import Round
from tests.soak.play import Result


@dataclass
class Summary:
    """Rounds played: faults by kind, messages and people of exact and wrong ones, seeds of those that were wrong."""

    rounds: int = 0
    messages: int = 0
    people: int = 0
    again: int = 0
    wrong: list[int] = field(default_factory=list)
    brokers: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, drawn: Round, result: Result | None) -> None:
        """Take a round in; without a result it broke off, which is wrong."""
        self.rounds += 1
        self.brokers[drawn.broker] += 1
        self.faults.update(fault.kind.value for fault in drawn.faults)
        if result is not None:
            self.messages += result.books.messages
            self.people += result.books.people
            self.again += result.books.again
        if result is None or result.books.wrong:
            self.wrong.append(drawn.seed)

    def __str__(self) -> str:
        seeds = f", wrong: SEED={', '.join(map(str, sorted(self.wrong)))}" if self.wrong else ""
        exact = self.rounds - len(self.wrong)
        brokers = ", ".join(f"{rounds} on {name}" for name, rounds in sorted(self.brokers.items()))
        faults = ", ".join(f"{count} {kind}" for kind, count in self.faults.most_common())
        return (
            f"{self.rounds} rounds ({brokers}), {exact} exact{seeds}\n"
            f"{self.messages} messages with numbers, {self.people} people, {self.again} came again\n"
            f"{self.faults.total()} faults: {faults}"
        )
