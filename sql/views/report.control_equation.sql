-- one row per batch: the control equation as stated, and as the stored rows, and those that retention removed, bear it out; heavy: reads every record
-- mỗi dòng là một lô: phương trình kiểm soát như đã ghi, và như các dòng lưu trữ, cùng các dòng đã xóa theo thời hạn, xác nhận; nặng: đọc mọi bản ghi
-- is_balanced: Cân bằng: nhận = chấp nhận + cách ly + trùng + rút lại — The equation holds: rows in = accepted + quarantined + duplicate + withdrawn
-- is_borne_out: Các dòng lưu trữ khớp với số đã ghi — The rows that are stored bear the counts out
with removed as (
    select subject_id as batch_id, sum(amount) filter (where kind = 'quarantined') as quarantined,
        sum(amount) filter (where kind = 'duplicate') as duplicate
    from intake.removal
    where kind in ('quarantined', 'duplicate')
    group by subject_id
),
held as (
    select batch_id, count(*) filter (where outcome = 'quarantined') as quarantined,
        count(*) filter (where outcome = 'duplicate') as duplicate,
        count(*) filter (where outcome = 'withdrawn') as withdrawn
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
    b.accepted = case b.state when 'withdrawn' then 0 else coalesce(s.accepted, 0) end
    and b.quarantined = coalesce(h.quarantined, 0) + coalesce(r.quarantined, 0)
    and b.duplicate = coalesce(h.duplicate, 0) + coalesce(r.duplicate, 0)
    and b.withdrawn = coalesce(h.withdrawn, 0) as is_borne_out
from intake.batch as b
left join held as h using (batch_id)
left join removed as r using (batch_id)
left join stored as s using (batch_id)
