-- one row per sender, month of receipt and kind of file: batches and what became of their rows
-- mỗi dòng là một đơn vị gửi, tháng nhận và loại tệp: số lô và kết quả các dòng
-- month: Ngày đầu của tháng nhận — First day of the month of receipt
-- batches: Số lô — Batches
-- accepted_batches: Lô được chấp nhận — Batches accepted
-- refused_batches: Lô bị từ chối — Batches refused
-- withdrawn_batches: Lô đã rút lại — Batches withdrawn
-- rows_in: Số dòng nhận — Rows received
-- accepted: Số dòng chấp nhận — Rows accepted
-- quarantined: Số dòng cách ly — Rows set aside
-- duplicate: Số dòng trùng — Rows delivered before
-- accepted_share: Tỷ lệ dòng chấp nhận, % — Share of rows accepted, per cent
select
    b.sender_code, s.name as sender_name, s.kind as sender_kind,
    date_trunc('month', b.received_at at time zone 'Asia/Ho_Chi_Minh')::date as month, b.kind,
    count(*) as batches,
    count(*) filter (where b.state = 'accepted') as accepted_batches,
    count(*) filter (where b.state = 'refused') as refused_batches,
    count(*) filter (where b.state = 'withdrawn') as withdrawn_batches,
    sum(b.rows_in)::bigint as rows_in, sum(b.accepted)::bigint as accepted,
    sum(b.quarantined)::bigint as quarantined, sum(b.duplicate)::bigint as duplicate,
    round(100.0 * sum(b.accepted) / nullif(sum(b.rows_in), 0), 1) as accepted_share
from intake.batch as b
left join reference.sender as s using (sender_code)
group by b.sender_code, s.name, s.kind, 4, b.kind
