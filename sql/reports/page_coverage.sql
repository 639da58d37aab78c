-- one row: residents and books of the whole city
select
    coalesce(sum(residents), 0)::bigint as residents,
    coalesce(sum(residents_with_book), 0)::bigint as residents_with_book,
    coalesce(sum(books), 0)::bigint as books,
    coalesce(sum(verified_books), 0)::bigint as verified_books
from book.coverage
