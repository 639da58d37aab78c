-- one row per ward, and one without a code for people whose ward is not known
select ward_code, residents, residents_with_book, books, verified_books
from report.coverage
order by ward_code
