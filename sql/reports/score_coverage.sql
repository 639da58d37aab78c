-- one row per ward, and one without a code for people whose ward is not known
select ward_code, residents, residents_with_book, books, verified_books
from book.coverage
order by ward_code
