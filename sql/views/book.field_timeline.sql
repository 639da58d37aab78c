-- one row per person, field and value that the book showed: true from a day on, known from one build (empty: the first) until before another (empty: now)
with appearance as (
    select person_id, known_to_run_id as run_id
    from book.field_history
    where field_name = 'book'
),
former as (
    select h.*, lag(h.known_to_run_id) over (partition by h.person_id, h.field_name order by h.known_to_run_id) as before_run_id
    from book.field_history as h
    where h.field_name <> 'book'
)
select
    f.person_id, f.field_name, f.value, f.rule, coalesce(f.as_of_date, v.as_of_date) as true_from, f.record_id, f.batch_id, f.row_no, f.register_version,
    greatest(
        f.before_run_id,
        (select max(a.run_id) from appearance as a where a.person_id = f.person_id and a.run_id < f.known_to_run_id)
    ) as known_from_run_id,
    f.known_to_run_id
from former as f
left join identity.register_version as v using (register_version)
where f.value is not null
union all
select
    p.person_id, p.field_name, p.value, p.rule, coalesce(p.as_of_date, v.as_of_date) as true_from, p.record_id, p.batch_id, p.row_no, p.register_version,
    greatest(
        (select max(h.known_to_run_id) from book.field_history as h where h.person_id = p.person_id and h.field_name = p.field_name),
        (select max(a.run_id) from appearance as a where a.person_id = p.person_id)
    ) as known_from_run_id,
    null::bigint as known_to_run_id
from book.person_page as p
left join identity.register_version as v using (register_version)
