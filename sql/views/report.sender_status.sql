-- one row per sender: what came, what became of it, whether the next file is overdue
-- mỗi dòng là một đơn vị gửi: đã gửi gì, kết quả ra sao, tệp tiếp theo có quá hạn không
-- last_received_at: Lần nhận gần nhất — When the newest file came
-- batch_count: Số lô — Batches
-- accepted_batch_count: Lô được chấp nhận — Batches accepted
-- refused_batch_count: Lô bị từ chối — Batches refused
-- rows_in: Số dòng nhận — Rows received
-- accepted: Số dòng chấp nhận — Rows accepted
-- quarantined: Số dòng cách ly — Rows set aside
-- duplicate: Số dòng trùng — Rows delivered before
-- open_task_count: Việc chưa xong — Tasks that are open
-- overdue_task_count: Việc quá hạn — Tasks whose day has passed
-- is_late: Quá hạn gửi — The next file is overdue
with batches as (
    select
        sender_code, count(*) as batch_count,
        count(*) filter (where state = 'accepted') as accepted_batch_count,
        count(*) filter (where state = 'refused') as refused_batch_count,
        sum(rows_in) as rows_in, sum(accepted) as accepted, sum(quarantined) as quarantined, sum(duplicate) as duplicate,
        max(received_at) as last_received_at
    from intake.batch
    group by sender_code
),
tasks as (
    select sender_code, count(*) as open_task_count, count(*) filter (where due_on < current_date) as overdue_task_count
    from quality.task
    where state in ('open', 'acknowledged')
    group by sender_code
)
select
    s.sender_code, s.kind, s.name, s.rhythm_days, b.last_received_at,
    coalesce(b.batch_count, 0) as batch_count,
    coalesce(b.accepted_batch_count, 0) as accepted_batch_count,
    coalesce(b.refused_batch_count, 0) as refused_batch_count,
    coalesce(b.rows_in, 0)::bigint as rows_in,
    coalesce(b.accepted, 0)::bigint as accepted,
    coalesce(b.quarantined, 0)::bigint as quarantined,
    coalesce(b.duplicate, 0)::bigint as duplicate,
    coalesce(t.open_task_count, 0) as open_task_count,
    coalesce(t.overdue_task_count, 0) as overdue_task_count,
    b.last_received_at is null or b.last_received_at < now() - make_interval(days => s.rhythm_days) as is_late
from reference.sender as s
left join batches as b using (sender_code)
left join tasks as t using (sender_code)
