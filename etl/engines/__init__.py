"""Engines run the same SQL and the same Arrow functions: DuckDB on one machine, Spark on a cluster."""
