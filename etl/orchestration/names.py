"""The DAGs and pools by name, for who watches Airflow without importing it."""

LOAD_REGISTER, RECEIVE_BATCHES = "load_register", "receive_batches"
BUILD_HEALTH_BOOKS, PUBLISH_REPORTS = "build_health_books", "publish_reports"
REMIND_TASKS = "remind_tasks"
DAGS = (LOAD_REGISTER, RECEIVE_BATCHES, BUILD_HEALTH_BOOKS, PUBLISH_REPORTS, REMIND_TASKS)
ASSET_SCHEDULED = (BUILD_HEALTH_BOOKS, PUBLISH_REPORTS)
"""Those that start by themselves when an asset changes."""

INTAKE, BUILD, REPORTS = "intake", "build", "reports"
POOLS = {
    INTAKE: (2, "Files being read, standardised and checked at the same time: one a core"),
    BUILD: (1, "Linking, merging, publishing, scoring: one at a time, they share the books"),
    REPORTS: (1, "Rendering of reports, and messages about tasks"),
}
"""Slots and purpose of each pool."""
