-- one row per owner of open tasks: how many, how soon, over how many rows
select
    owner,
    count(*) as tasks,
    count(*) filter (where due_on < %(today)s) as overdue,
    count(*) filter (where due_on between %(today)s and %(today)s + 5) as due_soon,
    count(*) filter (where due_on > %(today)s + 5) as due_later,
    sum(row_count)::bigint as rows_concerned,
    min(due_on) as next_due_on
from report.open_task
group by owner
order by array_position(array['sender', 'ward', 'city'], owner)
