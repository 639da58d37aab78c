"""`healthbook check-warehouse`: the standing rules, run by hand."""

from etl.console import give, ready, say


def check_warehouse() -> None:
    """Run the standing checks over the whole warehouse, and print what each rule found in the city."""
    from etl import steps

    found = steps.check_warehouse(ready())
    failing = sum(bool(row["failing"]) for row in found)
    say(f"warehouse: {len(found)} rules applied, {failing} of them found something")
    give(found)
