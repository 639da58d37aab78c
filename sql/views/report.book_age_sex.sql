-- one row per ward, age band and sex: books of people who live here, as of today; heavy: reads every book
-- mỗi dòng là một phường, xã, nhóm tuổi và giới tính: sổ của người đang sống ở đây, tính đến hôm nay; nặng: đọc mọi sổ
-- age_band: Nhóm tuổi, theo tuổi tròn; trống: không rõ ngày sinh — Age in full years; empty: birth date not known
-- books: Số sổ; trống: từ 1 đến 4, hoặc che thêm để không tính ngược được — Books; empty: 1 to 4, or hidden so that those cannot be reckoned
with bounds as (
    select array_agg((current_date - make_interval(years => age))::date + 1 order by age desc) as births
    from unnest(array[1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80]) as age
),
counted as (
    select b.ward_code, width_bucket(b.birth_date, (select births from bounds)) as band, b.sex, count(*) as books
    from book.health_book as b
    where b.status in ('resident', 'provisional')
    group by b.ward_code, 2, b.sex
),
-- Where one cell of a ward is hidden, the ward's total would tell it: the next smallest is hidden with it.
ranked as (
    select
        *, row_number() over (partition by ward_code order by books, band, sex) as place,
        count(*) filter (where books < 5) over (partition by ward_code) as hidden
    from counted
)
select
    r.ward_code, w.name as ward_name,
    (
        array[
            '80+', '75-79', '70-74', '65-69', '60-64', '55-59', '50-54', '45-49', '40-44', '35-39', '30-34', '25-29',
            '20-24', '15-19', '10-14', '5-9', '1-4', '0'
        ]
    )[r.band + 1] as age_band,
    r.sex,
    case when r.books >= 5 and not (r.hidden = 1 and r.place = 2) then r.books end as books
from ranked as r
left join reference.ward as w using (ward_code)
