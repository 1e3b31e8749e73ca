"""What is asked, whatever language it is asked in?

Invariant: an `Ask` of every language is one of these, with what that language needs.
"""

from dataclasses import dataclass

from .data import Facts


@dataclass(frozen=True)
class Shape:
    """`by` is a column of users or empty; `filtered` applies the ad-hoc filter of table `fact`; `ahead` reads columns
    that were joined ahead."""

    facts: Facts
    ahead: bool
    by: str = ""
    filtered: bool = False
    fact: str = ""

    @property
    def dims(self) -> list[str]:
        """The names of the dimensions."""
        return [self.by] if self.by else []
