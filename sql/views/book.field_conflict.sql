-- one row per person, field and value of a verified source that the register or another verified source contradicts: for a steward
-- mỗi dòng là một người, một trường và một giá trị đã kiểm chứng mà dân cư hoặc nguồn đã kiểm chứng khác nói khác: cho người xem xét
-- shown_value: Giá trị đang hiện — The value that the book shows
-- shown_rule: Quy tắc của giá trị đang hiện — By which rule that value is shown
-- register_version: Phiên bản dân cư của giá trị đang hiện — The register version that states it
select v.person_id, v.field_name, p.value as shown_value, p.rule as shown_rule, p.register_version, v.value, v.value_rank,
    v.record_count, v.first_on, v.as_of_date, v.sender_codes, v.record_id, v.batch_id, v.row_no
from book.field_value as v
inner join book.person_page as p on v.person_id = p.person_id and v.field_name = p.field_name
where v.is_conflicting and v.value <> p.value
