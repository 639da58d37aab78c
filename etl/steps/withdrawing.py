"""Withdraw: a batch's rows leave the books with the next build, and come back when it is restored."""

import dataclasses
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from etl.contracts import PERSON_RECORD
from etl.settings import Settings
from etl.steps.database import warehouse, warehouse_alone
from etl.warehouse import batches, links, withdrawals
from etl.warehouse.store import Store
from etl.warehouse.withdrawals import Withdrawal

COUNTS = ("state", "rows_in", "accepted", "quarantined", "duplicate", "withdrawn")


def withdraw(settings: Settings, withdrawal: Withdrawal) -> dict[str, Any]:
    """Withdraw a batch, or restore it: one transaction, after which the control equation of every batch holds.

    Where a later batch delivered the same rows, their records stand by those from now on: nothing is lost that another
    file brought too. Raises ConfigError for a batch that is not accepted (to restore: not withdrawn).
    """
    withdrawals.check_words(withdrawal)
    batch_id, store = withdrawal.batch_id, Store(settings)
    with warehouse(settings) as connection:
        sender_code = batches.read_batch(connection, batch_id).sender_code
    with warehouse_alone(settings, f"sender {sender_code}") as connection:  # who takes in a file knows what came before
        links.lock_build(connection)
        withdrawals.change_state(connection, withdrawal, settings.day)
        moved = withdrawals.settle_rows(connection, batch_id)
        for other_id in pc.unique(moved["batch_id"]).to_pylist():
            rows = moved.filter(pc.equal(moved["batch_id"], other_id))["row_no"]
            path = store.path(f"staged/{other_id}") / f"{PERSON_RECORD.name}.parquet"
            said = pq.read_table(path, columns=PERSON_RECORD.arrow_schema.names)
            chosen = said.filter(pc.is_in(said["row_no"], rows.combine_chunks()))
            withdrawals.replace_records(connection, store.seals.seal(PERSON_RECORD, chosen))
        reason = store.seals.seal_value("reason", batch_id, withdrawal.reason)
        withdrawals.finish(connection, dataclasses.replace(withdrawal, reason=reason))
        batch = batches.read_batch(connection, batch_id)
    return {"batch_id": batch_id, **{name: getattr(batch, name) for name in COUNTS}, "moved": moved.num_rows}


def foretell_withdrawal(settings: Settings, batch_id: int) -> dict[str, int]:
    """What withdrawing a batch would do to its rows: `reversed` leave the books, `kept` stay by another file that brought them
    too, `not_in` never were in the books (held back, or first brought by another file)."""
    with warehouse(settings) as connection:
        return withdrawals.foretell(connection, batch_id)


def sql_for_standing(source: str, columns: list[str]) -> str:
    """The staged rows of `source` that stand: accepted when they came, unless `moved_row` knows better."""
    named = ", ".join(f"s.{name}" for name in columns)
    return f"""select {named} from {source} s left join moved_row m on m.batch_id = s.batch_id and m.row_no = s.row_no
        where coalesce(m.outcome, s.row_state) = 'accepted'"""
