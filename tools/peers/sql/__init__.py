"""What is each KPI in SQL? One function per KPI, from what is asked to the text of a query.

Invariant: a query's columns bear the names of quipu's, so that the answers compare by name.
"""

from . import revenue, support, usage

KPIS = {**usage.KPIS, **support.KPIS, **revenue.KPIS}
