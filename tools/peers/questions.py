"""Which questions are asked? Every platform KPI in four shapes, with and without joins resolved ahead.

Invariant: the order is that of the catalogue, whatever is selected.
"""

from dataclasses import dataclass

# Of each KPI the table whose rows it counts, on a column of which the ad-hoc filter acts.
FACTS = {
    "active_users": "meetings", "dau": "meetings", "wau": "meetings", "mau": "meetings", "stickiness": "meetings",
    "meeting_minutes": "meetings", "avg_meeting_duration": "meetings", "meetings_per_user": "meetings",
    "signups": "users", "feature_adoption": "features_usage", "feature_usage": "features_usage",
    "attendance": "attendees", "connection_quality": "attendees", "peak_concurrency": "meetings",
    "retention": "meetings", "tickets_opened": "support_tickets", "resolution_time": "support_tickets",
    "first_contact_resolution": "support_tickets", "tickets_per_1000_active_users": "support_tickets",
    "open_tickets": "support_tickets", "revenue": "billing_events", "mrr": "billing_events",
    "revenue_by_license_type": "billing_events", "license_utilization": "licenses", "license_expirations": "licenses",
    "churn_rate": "meetings",
}
SHAPES = ("plain", "plan_type", "company", "filter")
FIGURES = ("joins", "ahead")

# The filters of `sql/ask.py` in quipu's own words.
_FILTERS = {
    "users": "registration_date >= '2024-06-15'", "meetings": "duration_minutes >= 30",
    "attendees": "connection_quality = 'Good'", "features_usage": "usage_count >= 2",
    "support_tickets": "priority_level = 'High'", "billing_events": "amount > 20.5", "licenses": "license_type = 'Pro'",
}


@dataclass(frozen=True)
class Question:
    """A KPI in one shape; the peers answer it by `figure`, quipu in one way only."""

    kpi: str
    shape: str
    figure: str

    @property
    def by(self) -> str:
        """The dimension, or nothing."""
        return self.shape if self.shape in ("plan_type", "company") else ""

    @property
    def filtered(self) -> bool:
        """Whether the ad-hoc filter acts."""
        return self.shape == "filter"

    def arguments(self) -> list[str]:
        """The arguments of `quipu query`."""
        found = [self.kpi, "--no-fill", "--format", "csv", "--raw"]
        if self.by:
            found += ["--by", self.by]
        if self.filtered:
            found += ["--where", _FILTERS[FACTS[self.kpi]]]
        return found


def questions(kpis: list[str], shapes: list[str], figures: list[str]) -> list[Question]:
    """All that are selected; an empty selection means all."""
    return [Question(kpi, shape, figure)
            for kpi in FACTS if not kpis or kpi in kpis
            for shape in SHAPES if not shapes or shape in shapes
            for figure in FIGURES if not figures or figure in figures]
