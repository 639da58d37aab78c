-- one row per sender: how often its accepted batches really come, learned from its own history where that is long enough
-- mỗi dòng là một đơn vị gửi: thực tế bao lâu gửi một lần, học từ lịch sử của chính đơn vị khi đủ dài
-- gap_days: Khoảng cách giữa hai ngày gửi, trung vị; trống: chưa đủ lịch sử — Days between two days of sending, median; empty: too short a history
-- gaps: Số khoảng cách đã biết — Gaps that are known
-- expected_days: Số ngày chờ lần gửi tiếp theo — Days within which the next batch is expected
with days as (
    select sender_code, received_at::date as day
    from intake.batch
    where state = 'accepted'
    group by 1, 2
),
gaps as (
    select sender_code, day - lag(day) over (partition by sender_code order by day) as gap
    from days
),
learned as (
    select sender_code, count(gap) as gaps, percentile_cont(0.5) within group (order by gap) as gap_days
    from gaps
    group by sender_code
)
select
    s.sender_code, case when l.gaps >= 4 then l.gap_days end as gap_days, coalesce(l.gaps, 0) as gaps,
    case when l.gaps >= 4 then least(s.rhythm_days, greatest(2 * l.gap_days, 2)) else s.rhythm_days end as expected_days
from reference.sender as s
left join learned as l using (sender_code)
