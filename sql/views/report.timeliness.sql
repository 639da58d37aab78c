-- one row per facility and month: days from the end of a visit to its file's receipt, and to its book; heavy: reads every encounter
-- mỗi dòng là một cơ sở và tháng: số ngày từ cuối lượt khám đến khi nhận tệp, và đến khi vào sổ; nặng: đọc mọi lượt khám
-- month: Ngày đầu của tháng kết thúc lượt khám — First day of the month in which the visit ended
-- encounters: Số lượt khám đã vào sổ; trống: của 1 đến 4 người — Visits that are in a book; empty: those of 1 to 4 people
-- median_days_to_receipt: Số ngày đến khi nhận tệp, trung vị — Days until the file came, median
-- median_days_to_book: Số ngày đến khi vào sổ, trung vị — Days until the visit stood in a book, median
-- p95_days_to_book: Số ngày đến khi vào sổ, 95 % không quá — Days until the visit stood in a book, 95th percentile
with booked as (
    select l.record_id, min(coalesce(r.finished_at, l.opened_at)) as booked_at
    from identity.link as l
    left join identity.run as r on l.opened_run_id = r.run_id
    group by l.record_id
),
lags as (
    select
        e.facility_code, e.person_id, date_trunc('month', coalesce(e.ended_at, e.started_at))::date as month,
        extract(epoch from (b.received_at at time zone 'Asia/Ho_Chi_Minh') - coalesce(e.ended_at, e.started_at)) / 86400 as to_receipt,
        extract(epoch from (k.booked_at at time zone 'Asia/Ho_Chi_Minh') - coalesce(e.ended_at, e.started_at)) / 86400 as to_book
    from book.encounter as e
    inner join intake.batch as b using (batch_id)
    inner join booked as k using (record_id)
    where e.is_restricted is not true
),
counted as (
    select
        facility_code, month, count(*) as encounters, count(distinct person_id) as persons,
        percentile_cont(0.5) within group (order by to_receipt) as median_to_receipt,
        percentile_cont(0.5) within group (order by to_book) as median_to_book,
        percentile_cont(0.95) within group (order by to_book) as p95_to_book
    from lags
    group by facility_code, month
)
select
    c.facility_code, f.name as facility_name, c.month,
    case when c.persons >= 5 then c.encounters end as encounters,
    case when c.persons >= 5 then round(c.median_to_receipt::numeric, 1) end as median_days_to_receipt,
    case when c.persons >= 5 then round(c.median_to_book::numeric, 1) end as median_days_to_book,
    case when c.persons >= 5 then round(c.p95_to_book::numeric, 1) end as p95_days_to_book
from counted as c
left join reference.facility as f using (facility_code)
