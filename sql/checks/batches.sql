-- What batches count: nothing lost, and rows that were set aside do not wait for long; one row per sender and measure.
with day as (
    select current_setting('healthbook.today')::date as today
),
-- Rows wait where the rule that set them aside has its task open still.
waiting as (
    select t.batch_id, sum(t.row_count) as rows_waiting
    from quality.task as t
    where t.state <> 'closed' and exists (
        select from quality.finding as f
        where f.batch_id = t.batch_id and f.rule_id = t.rule_id and f.action = 'quarantine_row'
    )
    group by t.batch_id
),
told as (
    select
        b.sender_code, count(*) as batches,
        count(*) filter (where not (e.is_balanced and e.is_borne_out)) as unbalanced,
        coalesce(sum(w.rows_waiting), 0) as waiting,
        coalesce(sum(w.rows_waiting) filter (where b.received_at < day.today - interval '10 days'), 0) as long_waiting
    from intake.batch as b
    inner join report.control_equation as e using (batch_id)
    cross join day
    left join waiting as w using (batch_id)
    where b.state in ('accepted', 'withdrawn') and b.sender_code is not null
    group by b.sender_code
)
select m.rule_id, 'sender' as scope_kind, t.sender_code as scope_code, m.applicable, m.failing, null::float as observed, null::float as expected
from told as t
cross join lateral (
    values ('control_equation', batches, unbalanced), ('quarantine_mended', waiting, long_waiting)
) as m (rule_id, applicable, failing)
