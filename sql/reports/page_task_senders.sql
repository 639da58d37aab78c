-- one row per sender with open tasks, most overdue and most rows first
select
    sender_code, sender_name as name, count(*) as tasks, count(*) filter (where due_on < %(today)s) as overdue,
    sum(row_count)::bigint as rows_concerned, min(due_on) as next_due_on
from report.open_task
group by sender_code, sender_name
order by overdue desc, rows_concerned desc, sender_code
limit 12
