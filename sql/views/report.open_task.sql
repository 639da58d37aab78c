-- one row per task that somebody still has to do
-- mỗi dòng là một việc còn phải làm
-- days_left: Số ngày còn lại; âm: đã quá hạn — Days left; negative when overdue
-- is_overdue: Đã quá hạn — Its day has passed
select
    t.task_id, t.rule_id, t.batch_id, t.sender_code, s.name as sender_name, t.owner, t.state, t.row_count,
    t.opened_at, t.due_on, t.due_on - current_date as days_left, t.due_on < current_date as is_overdue
from quality.task as t
left join reference.sender as s using (sender_code)
where t.state in ('open', 'acknowledged')
