-- one row per person, field and value that the book showed: true from a day on, known from one build (empty: the first) until before another (empty: now)
-- mỗi dòng là một người, một trường và một giá trị sổ đã từng hiện: đúng từ một ngày, được biết từ một lần dựng (trống: lần đầu) đến trước lần khác (trống: hiện nay)
-- person_id: Mã người — The person
-- field_name: Trường — Field of the health book
-- value: Giá trị — What was shown
-- rule: Quy tắc chọn — By which rule it was shown
-- true_from: Đúng từ ngày — From when on it was true, as its source said
-- record_id: Mã bản ghi — The record that stated it
-- batch_id: Lô dữ liệu — Batch of that record
-- row_no: Số dòng — Row of that record in its file
-- register_version: Phiên bản dân cư — The register version that stated it
-- known_from_run_id: Được biết từ lần dựng — The build that first showed it; empty: the first of all
-- known_to_run_id: Được biết đến lần dựng — The build that put another value in its place; empty: it is shown now
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
