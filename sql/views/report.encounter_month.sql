-- one row per facility, month, kind of visit and ICD-10 chapter of the main diagnosis; heavy: reads every encounter
-- mỗi dòng là một cơ sở, tháng, loại khám và chương ICD-10 của bệnh chính; nặng: đọc mọi lượt khám
-- month: Ngày đầu của tháng vào khám — First day of the month in which the visit began
-- encounters: Số lượt khám; trống: của 1 đến 4 người, hoặc che thêm để không tính ngược được — Visits; empty: those of 1 to 4 people, or hidden so that those cannot be reckoned
-- persons: Số người; trống như số lượt khám — People; empty where the visits are
with counted as (
    select
        e.facility_code, date_trunc('month', e.started_at)::date as month, e.visit_type_code, c.chapter_no,
        count(*) as encounters, count(distinct e.person_id) as persons
    from book.encounter as e
    left join reference.icd10_category as c on left(e.main_icd10_code, 3) = c.category
    where e.is_restricted is not true
    group by 1, 2, 3, 4
),
-- Where one cell of a facility's month is hidden, the month's total would tell it: the next smallest is hidden with it.
ranked as (
    select
        *, row_number() over (partition by facility_code, month order by persons, encounters, visit_type_code, chapter_no) as place,
        count(*) filter (where persons < 5) over (partition by facility_code, month) as hidden
    from counted
),
shown as (
    select *, persons >= 5 and not (hidden = 1 and place = 2) as is_shown
    from ranked
)
select
    s.facility_code, f.name as facility_name, s.month, s.visit_type_code,
    s.chapter_no, h.name as chapter_name, h.name_en as chapter_name_en,
    case when s.is_shown then s.encounters end as encounters,
    case when s.is_shown then s.persons end as persons
from shown as s
left join reference.facility as f using (facility_code)
left join reference.icd10_chapter as h using (chapter_no)
