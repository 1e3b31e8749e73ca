"""When: civil days, buckets, intervals and time zones.

A bucket is named by its first civil day. Everything outside this file sees days, never grains.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEK_STARTS = {"mon": 0, "sun": 6, "sat": 5}


def add_months(first: date, months: int) -> date:
    """Moves the first day of a month."""
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def first_day(text: str) -> date:
    """`2025`, `2025-06` and `2025-06-15` as the first day that they mean."""
    parts = [int(part) for part in text.split("-")]
    return date(*(parts + [1, 1])[:3])


def last_day(text: str) -> date:
    """The same texts as the last day that they mean."""
    parts = text.split("-")
    if len(parts) == 3:
        return first_day(text)
    months = 12 if len(parts) == 1 else 1
    return add_months(first_day(text), months) - DAY


@dataclass(frozen=True)
class Calendar:
    """Cuts days into buckets of one grain."""

    grain: str
    week_start: str = "mon"
    fiscal_start: int = 1

    def _months(self) -> int:
        return {"month": 1, "quarter": 3, "year": 12}[self.grain]

    def start_of(self, day: date) -> date:
        if self.grain == "day":
            return day
        if self.grain == "week":
            return day - ((day.weekday() - WEEK_STARTS[self.week_start]) % 7) * DAY
        size = self._months()
        behind = (day.month - (1 if size == 1 else self.fiscal_start)) % size
        return add_months(day.replace(day=1), -behind)

    def step(self, start: date, buckets: int) -> date:
        if self.grain == "day":
            return start + buckets * DAY
        if self.grain == "week":
            return start + buckets * 7 * DAY
        return add_months(start, buckets * self._months())

    def last_of(self, start: date) -> date:
        return self.step(start, 1) - DAY

    def year_before(self, start: date) -> date:
        if self.grain == "week":
            raise ValueError("a week has no counterpart in another year")
        return start.replace(year=start.year - 1)

    def distance(self, a: date, b: date) -> int:
        """How many buckets the one that starts at `b` lies after the one that starts at `a`."""
        if self.grain == "day":
            return (b - a).days
        if self.grain == "week":
            return (b - a).days // 7
        return ((b.year - a.year) * 12 + b.month - a.month) // self._months()


@dataclass(frozen=True)
class Bucket:
    """One row of the time axis.

    `start..end` is the whole bucket; `first..last` the days whose flow rows count; `t` the day at
    which stocks are measured.
    """

    label: date
    start: date
    end: date
    first: date
    last: date
    t: date

    @property
    def days(self) -> int:
        return max(0, (self.last - self.first).days + 1)


@dataclass(frozen=True)
class Axis:
    """The buckets of a query, with what is needed to look back from them."""

    calendar: Calendar
    buckets: list
    low: date
    high: date
    as_of: date
    clip: bool
    future: bool

    def incomplete(self) -> list:
        """Labels of clipped buckets and of those that as_of does not reach the end of."""
        clipped = lambda b: self.clip and (b.start < self.low or b.end > self.high)
        return [b.label for b in self.buckets if clipped(b) or b.end > self.as_of]

    def whole(self) -> "Axis":
        """The interval as one bucket, for ranking groups."""
        return axis(Calendar("all"), self.low, self.high, self.as_of, clip=self.clip, future=self.future)

    def history(self, earliest: date) -> list:
        """Unclipped buckets from that of `earliest` on, so that a definition can look back."""
        start = min(self.calendar.start_of(earliest), self.buckets[0].start)
        found = []
        while start < self.buckets[0].start:
            found.append(_bucket(start, self.calendar.last_of(start), self.as_of, start, date.max, False))
            start = self.calendar.step(start, 1)
        return found + self.buckets

    def earlier(self, how: str) -> list:
        """For every bucket the one it is compared with, under the label of the former.

        A bucket that the interval or as_of cuts short is compared with the same part of the other,
        which may hold no day at all.
        """
        found = []
        for bucket in self.buckets:
            cal = self.calendar
            start = cal.step(bucket.start, -1) if how == "previous" else cal.year_before(bucket.start)
            end = cal.last_of(start)
            first = start + (bucket.first - bucket.start)
            last = end if bucket.t == bucket.end else min(end, start + (bucket.t - bucket.start))
            found.append(Bucket(bucket.label, start, end, first, last, last))
        return found


def _bucket(start, end, as_of, low, high, future) -> Bucket:
    limit = high if future else min(high, as_of)
    return Bucket(start, start, end, max(start, low), min(end, limit), min(end, high, as_of))


def axis(calendar: Calendar, low: date, high: date, as_of: date, clip=True, future=False) -> Axis:
    """Buckets that cover `low..high`.

    A stock of a bucket that the interval cuts short is measured at the last day left.
    `future` is true where rows after as_of are the point (licence terms that will end).
    """
    buckets = []
    if calendar.grain == "all":
        buckets.append(_bucket(low, high, as_of, low, high, future))
    else:
        start = calendar.start_of(low)
        while start <= high:
            buckets.append(_bucket(start, calendar.last_of(start), as_of, low, high, future))
            start = calendar.step(start, 1)
    return Axis(calendar, buckets, low, high, as_of, clip, future)


class Zone:
    """A time zone as SQL over UTC timestamps.

    The offsets come from the IANA data of Python and not from DuckDB's ICU, which would have to
    be installed as an extension and could be of another year.
    """

    def __init__(self, name: str, low: datetime, high: datetime):
        self.name = name
        self.info = ZoneInfo(name)
        self._steps = self._transitions(low - 2 * DAY, high + 2 * DAY)

    def _offset(self, utc: datetime) -> int:
        aware = utc.replace(tzinfo=timezone.utc).astimezone(self.info)
        return int(aware.utcoffset().total_seconds())

    def _transitions(self, low: datetime, high: datetime) -> list:
        """(first UTC second, offset in seconds) of every change, found by bisection."""
        at = low.replace(microsecond=0)
        steps = [(at, self._offset(at))]
        while at < high:
            after = at + DAY
            if self._offset(after) != steps[-1][1]:
                before, found = at, after
                while found - before > timedelta(seconds=1):
                    middle = before + timedelta(seconds=int((found - before).total_seconds()) // 2)
                    if self._offset(middle) == steps[-1][1]:
                        before = middle
                    else:
                        found = middle
                steps.append((found, self._offset(found)))
            at = after
        return steps

    def local(self, column: str) -> str:
        """SQL: the wall clock of a UTC timestamp."""
        shift = f"INTERVAL '{self._steps[0][1]} seconds'"
        for at, offset in self._steps[1:]:
            shift = f"CASE WHEN {column} < TIMESTAMP '{at}' THEN {shift} ELSE INTERVAL '{offset} seconds' END"
        return f"({column} + {shift})"

    def first_instant(self, day: date) -> datetime:
        """The UTC time at which a civil day begins; where midnight is skipped, the jump itself."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.info)
        return midnight.astimezone(timezone.utc).replace(tzinfo=None)
