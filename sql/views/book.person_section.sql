-- one row per person and section: filled, none_known, or not_asked where nobody asked, and the source of it
-- mỗi dòng là một người và một phần của sổ: có nội dung, không có gì, hoặc chưa hỏi, và nguồn của nó
-- section: Phần — Section of the book
-- state: Tình trạng — filled, none_known, or not_asked
-- is_contradicted: Có nguồn nói không — It is filled, and another source found none
select b.person_id, n.section, coalesce(s.state, 'not_asked') as state, coalesce(s.is_contradicted, false) as is_contradicted,
    s.stated_on, s.record_id, s.batch_id, s.row_no
from book.health_book as b
cross join unnest(array[
    'allergy', 'disease', 'family', 'smoking', 'alcohol', 'activity', 'disability', 'surgery', 'reproductive', 'vaccination'
]) as n (section)
left join book.section as s on b.person_id = s.person_id and n.section = s.section
