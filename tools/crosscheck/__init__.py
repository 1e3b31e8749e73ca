"""Crosscheck: does quipu give the figures that its catalogue defines?

The exports are read into DuckDB and every KPI is answered once more, by SQL written
from the definitions alone. Nothing here reads quipu's code, its store or the SQL that it prints,
so that an error would have to be made twice to go unseen.
"""
