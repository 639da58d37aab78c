-- one row per person, field and value of a verified source that the register or another verified source contradicts: for a steward
select v.person_id, v.field_name, p.value as shown_value, p.rule as shown_rule, p.register_version, v.value, v.value_rank,
    v.record_count, v.first_on, v.as_of_date, v.sender_codes, v.record_id, v.batch_id, v.row_no
from book.field_value as v
inner join book.person_page as p on v.person_id = p.person_id and v.field_name = p.field_name
where v.is_conflicting and v.value <> p.value
