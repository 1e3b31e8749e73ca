"""A query as a value: the same options as the command line, and the command line itself."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Query:
    kpi: str
    every: str = ""
    by: str = ""
    where: str = ""
    tags: tuple = ()
    groups: tuple = ()
    users: tuple = ()
    tz: str = ""
    week_start: str = ""
    fiscal_start: int = 0
    from_: str = ""
    to: str = ""
    last: str = ""
    as_of: str = ""
    rolling: str = ""
    compare: str = ""
    cumulative: bool = False
    totals: bool = False
    no_fill: bool = False
    top: int = 0
    convert: str = ""
    rates: str = ""
    options: dict = field(default_factory=dict)

    def dims(self) -> list:
        return [dim for dim in self.by.split(",") if dim]

    def arguments(self) -> list:
        """The words after `quipu query`."""
        words = [self.kpi]
        named = [
            ("--every", self.every), ("--by", self.by), ("--where", self.where), ("--tz", self.tz),
            ("--week-start", self.week_start), ("--fiscal-start", self.fiscal_start), ("--from", self.from_),
            ("--to", self.to), ("--last", self.last), ("--as-of", self.as_of), ("--rolling", self.rolling),
            ("--compare", self.compare), ("--top", self.top),
            ("--convert", self.convert), ("--rates", self.rates),
        ]
        for flag, value in named:
            if value:
                words += [flag, f"{value:02}" if flag == "--fiscal-start" else str(value)]
        for flag, texts in (("--tag", self.tags), ("--group", self.groups), ("--users", self.users)):
            for text in texts:
                words += [flag, text]
        for flag, on in (("--cumulative", self.cumulative), ("--totals", self.totals), ("--no-fill", self.no_fill)):
            if on:
                words.append(flag)
        for name, value in self.options.items():
            words += ["-o", f"{name}={value}"]
        return words
