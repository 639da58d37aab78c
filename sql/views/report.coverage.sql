-- one row per ward of today, and one without a code for people whose ward is not known; heavy: reads every book
-- mỗi dòng là một phường, xã hiện nay, và một dòng không mã cho người chưa rõ nơi ở; nặng: đọc mọi sổ
-- residents: Người đang cư trú; trống: từ 1 đến 4 — Residents in the population register; empty: 1 to 4
-- residents_with_book: Người đang cư trú đã có sổ; trống: từ 1 đến 4 người có, hoặc chưa có — Residents who have a book; empty: 1 to 4 have, or lack, one
-- coverage_share: Tỷ lệ có sổ, %; trống khi suy ra được số bị che — Share of residents who have a book, per cent; empty where it would tell a hidden count
-- books: Số sổ; trống: từ 1 đến 4 — Books; empty: 1 to 4
-- verified_books: Sổ đã đối chiếu dân cư; trống: từ 1 đến 4 đã, hoặc chưa đối chiếu — Books verified against the register; empty: 1 to 4 are, or are not
-- verified_share: Tỷ lệ đã đối chiếu, %; trống khi suy ra được số bị che — Share of books that are verified, per cent; empty where it would tell a hidden count
with shown as (
    select
        ward_code, ward_name,
        case when residents not between 1 and 4 then residents end as residents,
        case
            when residents_with_book not between 1 and 4 and residents - residents_with_book not between 1 and 4
                then residents_with_book
        end as residents_with_book,
        case when books not between 1 and 4 then books end as books,
        case
            when verified_books not between 1 and 4 and books - verified_books not between 1 and 4 then verified_books
        end as verified_books
    from book.coverage
)
select
    ward_code, ward_name, residents, residents_with_book,
    round(100.0 * residents_with_book / nullif(residents, 0), 1) as coverage_share,
    books, verified_books,
    round(100.0 * verified_books / nullif(books, 0), 1) as verified_share
from shown
