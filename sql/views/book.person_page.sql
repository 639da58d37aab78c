-- one row per person and field: the value shown, and the batch and row, or the register version, that it came from
-- mỗi dòng là một người và một trường: giá trị hiển thị, và lô, dòng hoặc phiên bản dân cư của nó
-- field_name: Trường của sổ — Field of the book
-- value: Giá trị hiển thị — The value shown
-- rule: Quy tắc chọn; none: chưa có nguồn — register, newest or most_frequent; none where no source is known
-- record_count: Số bản ghi nêu giá trị này — Records that state it
-- register_version: Phiên bản dân cư nêu giá trị này — The register version that states it
with shown as (
    select b.person_id, f.key as field_name, f.value, b.is_verified
    from book.health_book as b
    cross join lateral jsonb_each_text(to_jsonb(b)) as f
    where f.value is not null and f.key not in (
        'person_id', 'birth_precision', 'is_verified', 'record_count', 'encounter_count', 'last_event_on', 'digest',
        'lineage_digest', 'built_run_id'
    )
)
select
    s.person_id, s.field_name, coalesce(v.value, s.value) as value,
    coalesce(v.rule, case when s.is_verified then 'register' else 'none' end) as rule, v.as_of_date,
    coalesce(v.record_count, 0) as record_count, v.record_id, v.batch_id, v.row_no, t.sender_code,
    case when v.person_id is null then r.register_version else v.register_version end as register_version
from shown as s
left join book.field_value as v
    on s.person_id = v.person_id and s.field_name = v.field_name and v.value_rank = 1
left join intake.batch as t using (batch_id)
left join identity.register_person as r on s.person_id = r.person_id
