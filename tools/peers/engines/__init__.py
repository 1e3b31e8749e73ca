"""Which engines take part, and how is each built and asked? One file per engine, of one inner shape.

Invariant: an engine runs in a process of its own (`worker`), so that threads, memory and libraries of one do not
touch another's.
"""

from importlib import import_module

# Module and class of each, in the order in which they take turns.
PEERS = {
    "duckdb": "DuckDb", "clickhouse": "ClickHouseEngine", "polars": "PolarsEngine", "datafusion": "DataFusionEngine",
}


def load(name: str) -> type:
    """The class of an engine; an ImportError says that its wheel is not there."""
    return getattr(import_module(f"{__package__}.{name}"), PEERS[name])
