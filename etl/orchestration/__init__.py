"""Airflow around the steps: what the DAGs share, and starting, watching and stopping Airflow's own processes."""
