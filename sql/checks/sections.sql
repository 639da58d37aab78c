-- Sections of books that somebody filled or asked about ("none known" is an answer), beside all that there are.
with asked as (
    select count(*) as answers, count(distinct section) as sections from book.section
),
books as (
    select count(*) as books from book.health_book
)
select
    'section_asked' as rule_id, 'city' as scope_kind, 'HN' as scope_code, books * sections as applicable,
    greatest(books * sections - answers, 0) as failing, null::float as observed, null::float as expected
from asked
cross join books
