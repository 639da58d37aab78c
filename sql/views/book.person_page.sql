-- one row per person and field: the value shown, and the batch and row, or the register version, that it came from
select
    v.person_id, v.field_name, v.value, v.rule, v.as_of_date, v.record_count,
    v.record_id, v.batch_id, v.row_no, p.sender_code, v.register_version
from book.field_value as v
left join intake.person_record as p using (record_id)
where v.value_rank = 1
union all
select
    b.person_id, f.field_name, f.value, 'register', null, 0,
    null, null, null, null, r.register_version
from book.health_book as b
inner join identity.register_person as r using (person_id)
cross join lateral (values ('status', b.status), ('death_date', b.death_date::text)) as f (field_name, value)
where f.value is not null
