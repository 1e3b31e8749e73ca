"""Queries made at random: a KPI, dimensions, a filter, an interval and further options, all at once."""

from random import Random

from ..cases import ZONES, options
from ..query import Query
from .catalogue import ADDITIVE, NO_MONEY, OPTIONS, RATES


class _Maker:
    def __init__(self, oracle, samples, data, seed: int):
        self.oracle, self.samples, self.data = oracle, samples, data
        self.random = Random(seed)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def query(self) -> Query:
        pick = self.random.choice
        name = pick(list(self.oracle.kpis))
        kpi = self.oracle.kpis[name]
        dims = self.samples.dims(name)
        by = self.random.sample(dims, pick([0, 0, 1, 1, 1, 2, 2, 3]))
        given = dict(every=pick(["week", "month", "month", "quarter", "year", "all"]),
                     by=",".join(map(self._spelled, by)))
        if given["every"] == "week":
            given |= dict(last=pick(["45d", "100d", "200d"]), week_start=pick(["", "sat", "sun"]))
        elif self.chance(0.5):
            given |= self._interval()
        if given["every"] in ("quarter", "year") and self.chance(0.3):
            given |= dict(fiscal_start=pick([3, 4, 7, 11]))
        if self.chance(0.65):
            given |= dict(where=self._filter(name))
        if self.samples.tags and self.chance(0.12):
            given |= dict(tags=(pick(self.samples.tags[:6]),))
        if self.samples.groups and "reporting_group" in dims and self.chance(0.12):
            given |= dict(groups=(pick(self.samples.groups),))
        if self.chance(0.35):
            given |= dict(tz=pick(ZONES + ["organization", "organization"]))
        if self.chance(0.2):
            given |= dict(as_of=self.data.day(self.random.randint(1, 300)))
        if name in OPTIONS and self.chance(0.5):
            given |= dict(options=options(pick(OPTIONS[name])))
        if name not in NO_MONEY and self.chance(0.2):
            given |= dict(convert="EUR", rates=str(RATES))
        if self.chance(0.2):
            given |= dict(totals=True)
        one = "convert" in given or not kpi.own
        if len(by) == 1 and one and ranked(kpi) and self.chance(0.3) and self._ranks(name, by[0]):
            given |= dict(top=pick([1, 2, 4]), by=by[0])
        if self.chance(0.15) and given["every"] in ("month", "quarter") and name != "contracts":
            given |= dict(compare=pick(["previous", "year"]))
        elif name in ADDITIVE and self.chance(0.15) and given["every"] != "all":
            given |= dict(cumulative=True)
        if not by and not kpi.own and self.chance(0.2):
            given |= dict(no_fill=True)
        return Query(name, **given)

    def _ranks(self, name: str, dim: str) -> bool:
        return dim not in {"currency", *self.oracle.names} and self.samples.of(name, dim)[0] == "text"

    def _spelled(self, dim: str) -> str:
        """Names match like headers; one of a key is shown as it is typed."""
        if "." in dim or not self.chance(0.1):
            return dim
        return dim.replace("_", "-").upper() if self.chance(0.5) else dim.title().replace("_", "")

    def _interval(self) -> dict:
        back = sorted(self.random.sample(range(20), 2), reverse=True)
        low, high = (self.data.month(months) for months in back)
        if self.chance(0.3):
            low, high = f"{low}-{self.random.randint(2, 28):02}", f"{high}-{self.random.randint(2, 28):02}"
        given = dict(from_=low) if self.chance(0.7) else {}
        return given | (dict(to=high) if self.chance(0.5) else {})

    # Filters.

    def _filter(self, name: str) -> str:
        parts = [self._condition(name) for _ in range(self.random.choice([1, 1, 1, 2, 2, 3]))]
        text = parts[0]
        for part in parts[1:]:
            text += self.random.choice([" and ", " or ", " and not "]) + part
        return f"not ({text})" if self.chance(0.1) else text

    def _condition(self, kpi: str) -> str:
        names = self.samples.dims(kpi)
        if self.chance(0.3):
            names = self.samples.columns(kpi) or names
        name = self.random.choice(names)
        kind, values = self.samples.of(kpi, name)
        shown = name if "." in name or self.chance(0.8) else name.title().replace("_", "")
        if not values or self.chance(0.1):
            return f"{shown} is {'not ' if self.chance(0.5) else ''}null"
        if kind == "boolean":
            return f"{shown} = {self.random.choice(['true', 'false'])}"
        if kind == "text":
            return f"{shown} {self._text_test([str(value) for value in values])}"
        literals = [str(value) if kind == "number" else f"'{str(value)[:10]}'" for value in values]
        return f"{shown} {self.random.choice(['>=', '<', '>', '<=', '=', '!='])} {self.random.choice(literals)}"

    def _text_test(self, values: list) -> str:
        def quoted(text):
            text = self.random.choice([text, text, text.upper(), text.lower()]).replace("'", "''")
            return f"'{text}'"

        chosen = self.random.sample(values, min(len(values), self.random.choice([1, 2, 3])))
        listed = ", ".join(quoted(value) for value in chosen)
        one = quoted(chosen[0])
        start = chosen[0][: max(1, len(chosen[0]) // 2)].replace("'", "''")
        return self.random.choice([
            f"= {one}", f"= {one}", f"!= {one}", f"in ({listed})", f"in ({listed})", f"not in ({listed})",
            f"like '{start}%'", f"not like '%{start}%'"])


def ranked(kpi) -> bool:
    """Ranks are laid down where a group's figure is one number: without dimensions of the KPI's own,
    apart from the currency."""
    return set(kpi.own) <= {"currency"}


def random_cases(oracle, samples, data, seed: int, count: int) -> list:
    maker = _Maker(oracle, samples, data, seed)
    return [maker.query() for _ in range(count)]
