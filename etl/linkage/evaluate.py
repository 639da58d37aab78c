"""How good links are, where the truth is known: precision, recall, share in review, strangers linked."""

from dataclasses import dataclass

import pyarrow as pa

from etl.engines.local import LocalEngine


@dataclass(frozen=True)
class Evaluation:
    """Counts of records, and the shares that follow; a share of nothing is `nan`.

    `matched` are automatic matches, `right` those of the true person; `registered` are records whose person the register
    knows, `strangers` the others, and `strangers_linked` those of them that were matched all the same. `in_review_right`
    are records in review whose best candidate is the true person: what a reviewer can win.
    """

    records: int
    registered: int
    matched: int
    right: int
    in_review: int
    in_review_right: int
    strangers: int
    strangers_linked: int

    @property
    def precision(self) -> float:
        """Of the automatic matches, the share of the true person."""
        return _share(self.right, self.matched)

    @property
    def recall(self) -> float:
        """Of the records whose person the register knows, the share matched to him."""
        return _share(self.right, self.registered)

    @property
    def recall_after_review(self) -> float:
        """The same, once reviewers have said yes to the true candidates."""
        return _share(self.right + self.in_review_right, self.registered)

    @property
    def review_share(self) -> float:
        """Of all records, the share that waits for a reviewer."""
        return _share(self.in_review, self.records)

    @property
    def strangers_linked_share(self) -> float:
        """Of the records whose person is not in the register, the share linked to somebody."""
        return _share(self.strangers_linked, self.strangers)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def evaluate(decisions: pa.Table, truth: pa.Table) -> Evaluation:
    """Compare decisions (`record_id, candidate_person_id, decision`) with the truth (`record_id, person_id, is_registered`).

    Records without a known truth are left out.
    """
    with LocalEngine(threads=1) as engine:
        engine.register("decided", decisions)
        engine.register("truth", truth)
        [counts] = engine.query("""
            with compared as (
                select d.decision, t.is_registered, coalesce(d.candidate_person_id = t.person_id, false) as is_right
                from decided d join truth t using (record_id))
            select count(*) as records, count(*) filter (where is_registered) as registered,
                count(*) filter (where decision = 'match') as matched,
                count(*) filter (where decision = 'match' and is_right) as right,
                count(*) filter (where decision = 'review') as in_review,
                count(*) filter (where decision = 'review' and is_right) as in_review_right,
                count(*) filter (where not is_registered) as strangers,
                count(*) filter (where not is_registered and decision = 'match') as strangers_linked
            from compared""").to_pylist()
    return Evaluation(**counts)
