-- one row per ward and section of the book: how many books say something in it; heavy: reads every event
-- mỗi dòng là một phường, xã và một phần của sổ: bao nhiêu sổ có nội dung ở phần đó; nặng: đọc mọi sự kiện
-- section: Phần của sổ: administrative (đủ tên, ngày sinh, giới tính, số định danh, địa chỉ), tên bảng sự kiện, hoặc loại tiền sử — administrative (name, birth date, sex, citizen ID and address are all there), a table of events, or a kind of history
-- books: Số sổ; trống: từ 1 đến 4 — Books; empty: 1 to 4
-- filled_books: Sổ có nội dung; trống: từ 1 đến 4 có, hoặc không có — Books that say something; empty: 1 to 4 do, or do not
-- none_known_books: Trong đó đã hỏi và không có; trống: từ 1 đến 4 sổ có, hoặc không — Of these, asked and none known; empty: 1 to 4 are, or are not
-- filled_share: Tỷ lệ có nội dung, %; trống khi suy ra được số bị che — Share of books that say something, per cent; empty where it would tell a hidden count
with events (person_id, record_id, section, is_none_known, is_restricted) as (
    select person_id, record_id, 'encounter', false, is_restricted from book.encounter
    union all
    select person_id, record_id, 'diagnosis', false, is_restricted from book.diagnosis
    union all
    select person_id, record_id, 'medication', false, is_restricted from book.medication
    union all
    select person_id, record_id, 'service', false, is_restricted from book.service
    union all
    select person_id, record_id, 'lab_result', false, is_restricted from book.lab_result
    union all
    select person_id, record_id, 'vital_sign', false, false from book.vital_sign
    union all
    select person_id, record_id, 'immunisation', false, false from book.immunisation
    union all
    select person_id, record_id, 'allergy', coalesce(is_none_known, false), false from book.allergy
    union all
    select person_id, record_id, kind, coalesce(is_none_known, false), is_restricted from book.history
),
said as (
    select person_id, section, bool_and(is_none_known) as is_none_known
    from events
    where is_restricted is not true
        and record_id not in (select record_id from book.encounter where is_restricted)
    group by person_id, section
    union all
    select person_id, 'administrative', false
    from book.health_book
    where num_nonnulls(full_name, birth_date, sex, national_id, address) = 5
),
filled as (
    select b.ward_code, s.section, count(*) as filled, count(*) filter (where s.is_none_known) as none_known
    from said as s
    inner join book.health_book as b using (person_id)
    group by b.ward_code, s.section
),
sections (section) as (
    values ('administrative'), ('encounter'), ('diagnosis'), ('medication'), ('service'), ('lab_result'), ('vital_sign'),
    ('immunisation'), ('allergy'), ('disease'), ('family'), ('smoking'), ('alcohol'), ('activity'), ('disability'),
    ('surgery'), ('reproductive')
),
counted as (
    select
        c.ward_code, c.ward_name, s.section, c.books,
        coalesce(f.filled, 0) as filled, coalesce(f.none_known, 0) as none_known
    from book.coverage as c
    cross join sections as s
    left join filled as f on coalesce(f.ward_code, '') = coalesce(c.ward_code, '') and s.section = f.section
),
shown as (
    select
        ward_code, ward_name, section,
        case when books not between 1 and 4 then books end as books,
        case when filled not between 1 and 4 and books - filled not between 1 and 4 then filled end as filled_books,
        case
            when none_known not between 1 and 4 and filled - none_known not between 1 and 4
                and filled not between 1 and 4 and books - filled not between 1 and 4 then none_known
        end as none_known_books
    from counted
)
select
    ward_code, ward_name, section, books, filled_books, none_known_books,
    round(100.0 * filled_books / nullif(books, 0), 1) as filled_share
from shown
