"""`--tz organization`: every instant in the zone of the organization that its row belongs to."""

from ..period import Zone


class OrganizationZone:
    """Every row in the zone of its organization; without a zone that is known, in UTC."""

    def __init__(self, con, low, high):
        names = [row[0] for row in con.execute("SELECT DISTINCT time_zone_id FROM organizations").fetchall()]
        self.zones = {}
        for name in names:
            try:
                self.zones[name] = Zone(name, low, high)
            except (KeyError, ValueError, TypeError, OSError):
                continue

    def local(self, column: str) -> str:
        cases = [f"WHEN '{name}' THEN {zone.local(column)}" for name, zone in self.zones.items()]
        return f"(CASE time_zone {' '.join(cases)} ELSE {column} END)" if cases else column
