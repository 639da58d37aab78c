"""Of persons with visits from several senders: what a split is foretold to do is what it does, line by line."""

from etl.settings import Settings
from tests.pipeline.city import build, read_rows
from tests.review.foretold import check


def test_what_was_foretold_comes_true(own_hamlet: Settings) -> None:
    """Of persons with the most lines, whose records several senders brought."""
    build(own_hamlet)
    chosen = read_rows(
        own_hamlet,
        "select max(l.record_id), l.person_id from identity.link l join book.encounter e using (record_id)"
        " where l.closed_at is null and l.person_id > 0 and e.is_restricted is not true"
        " and (select record_count from book.health_book b where b.person_id = l.person_id) between 2 and 12"
        " group by l.person_id order by count(*) desc, l.person_id limit 3",
    )
    assert len(chosen) == 3
    for record_id, _ in chosen:
        told = check(own_hamlet, int(str(record_id)))
        assert any(one["before"][0] > one["after"][0] for one in told["events"])
