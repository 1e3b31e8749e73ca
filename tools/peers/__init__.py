"""How fast is quipu beside other engines on the same data?

Every platform KPI is asked of quipu and of DuckDB, ClickHouse, Polars and DataFusion, each over its
own best layout of the same rows. Invariant: a figure is timed only when all engines give the same answer.
"""
