"""How often is a question timed?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Runs:
    """So many runs; none after the first that ends beyond `seconds` of runs, where these are given. Who has not
    answered after `patience` seconds is given up."""

    most: int
    seconds: float | None = None
    patience: float | None = None

    def more(self, nanos: list[int]) -> bool:
        """Whether another run follows those that took so long."""
        spent = self.seconds is not None and nanos and sum(nanos) >= self.seconds * 1e9
        return len(nanos) < self.most and not spent
