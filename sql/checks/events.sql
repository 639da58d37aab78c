-- Visits beside the book that they stand in, one row per sender and measure; both tables are parted by the person.
with told as (
    select
        x.sender_code, count(*) as visits,
        count(*) filter (where b.person_id is null) as orphans,
        count(*) filter (where b.birth_date is not null and e.started_at is not null) as born,
        count(*) filter (where coalesce(e.ended_at, e.started_at)::date < b.birth_date) as before_birth,
        count(*) filter (where b.death_date is not null) as of_deceased,
        count(*) filter (where e.started_at::date > b.death_date) as after_death
    from book.encounter as e
    inner join intake.batch as x using (batch_id)
    left join book.health_book as b on e.person_id = b.person_id
    group by x.sender_code
)
select m.rule_id, 'sender' as scope_kind, t.sender_code as scope_code, m.applicable, m.failing, null::float as observed, null::float as expected
from told as t
cross join lateral (
    values
    ('visit_has_book', visits, orphans),
    ('visit_after_birth', born, before_birth),
    ('visit_before_death', of_deceased, after_death)
) as m (rule_id, applicable, failing)
