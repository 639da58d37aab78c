-- one row per person and section: filled, none_known, or not_asked where nobody asked, and the source of it
select b.person_id, n.section, coalesce(s.state, 'not_asked') as state, coalesce(s.is_contradicted, false) as is_contradicted,
    s.stated_on, s.record_id, s.batch_id, s.row_no
from book.health_book as b
cross join unnest(array[
    'allergy', 'disease', 'family', 'smoking', 'alcohol', 'activity', 'disability', 'surgery', 'reproductive', 'vaccination'
]) as n (section)
left join book.section as s on b.person_id = s.person_id and n.section = s.section
