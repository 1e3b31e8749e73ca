"""What is each KPI as a plan over data frames? One function per KPI, from what is asked to a lazy frame.

Invariant: a plan's columns bear the names of quipu's; nothing is collected here.
"""

from . import revenue, support, usage

KPIS = {**usage.KPIS, **support.KPIS, **revenue.KPIS}
