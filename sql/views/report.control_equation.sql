-- one row per batch: the control equation as stated, and as the stored rows bear it out; heavy: reads every record
-- mỗi dòng là một lô: phương trình kiểm soát như đã ghi, và như các dòng lưu trữ xác nhận; nặng: đọc mọi bản ghi
-- is_balanced: Cân bằng: nhận = chấp nhận + cách ly + trùng + rút lại — The equation holds: rows in = accepted + quarantined + duplicate + withdrawn
-- is_borne_out: Các dòng lưu trữ khớp với số đã ghi — The rows that are stored bear the counts out
with held as (
    select batch_id, count(*) filter (where outcome = 'quarantined') as quarantined,
        count(*) filter (where outcome = 'duplicate') as duplicate
    from intake.held_row
    group by batch_id
),
stored as (
    select batch_id, count(*) as accepted
    from intake.person_record
    group by batch_id
)
select
    b.batch_id, b.sender_code, b.kind, b.state, b.received_at,
    b.rows_in, b.accepted, b.quarantined, b.duplicate, b.withdrawn,
    b.rows_in = b.accepted + b.quarantined + b.duplicate + b.withdrawn as is_balanced,
    b.accepted = coalesce(s.accepted, 0)
    and b.quarantined = coalesce(h.quarantined, 0)
    and b.duplicate = coalesce(h.duplicate, 0) as is_borne_out
from intake.batch as b
left join held as h using (batch_id)
left join stored as s using (batch_id)
