-- one row per category (three characters) that a chapter of ICD-10 spans, in use or not
-- mỗi dòng là một nhóm ba ký tự nằm trong một chương của ICD-10, đang dùng hay không
-- category: Nhóm ba ký tự — Category, three characters
-- chapter_no: Số chương — Number of its chapter
with categories as (
    select chr(letter) || lpad(digits::text, 2, '0') as category
    from generate_series(ascii('A'), ascii('Z')) as letter
    cross join generate_series(0, 99) as digits
)
select g.category, c.chapter_no
from categories as g
inner join reference.icd10_chapter as c on g.category collate "C" between c.first_category and c.last_category
