-- one row per number of the register that was merged away: who that person is now, at the end of the chain
-- mỗi dòng là một mã dân cư đã hợp nhất: người đó hiện mang mã nào
-- person_id: Mã đã bỏ — The number that was merged away
-- kept_id: Mã hiện nay của người đó — The number that the person has now
with recursive chain as (
    select person_id, merged_into as kept_id from identity.register_standing where merged_into is not null
    union all
    select c.person_id, s.merged_into
    from chain as c
    inner join identity.register_standing as s on c.kept_id = s.person_id
    where s.merged_into is not null
) cycle kept_id set is_cycle using path

select c.person_id, c.kept_id
from chain as c
left join identity.register_standing as s on c.kept_id = s.person_id
where s.merged_into is null
