-- one row per scope, level and name, as of the newest day that was scored
-- mỗi dòng là một phạm vi, cấp và tên, của ngày được chấm điểm gần nhất
-- satisfied: Số dòng đạt; trống: từ 1 đến 4 dòng đạt, hoặc không đạt — Rows that satisfy it; empty: 1 to 4 do, or do not
-- applicable: Số dòng áp dụng; trống: từ 1 đến 4 — Rows to which it applies; empty: 1 to 4
-- score: Điểm, 0 đến 100; của một quy tắc: trống khi suy ra được số bị che — 0 to 100; of a rule: empty where it would tell a hidden count
select
    scored_on, scope_kind, scope_code, level, name,
    case
        when satisfied not between 1 and 4 and applicable - satisfied not between 1 and 4 then satisfied
    end as satisfied,
    case when applicable not between 1 and 4 then applicable end as applicable,
    case
        when level <> 'rule' or (
            satisfied not between 1 and 4 and applicable - satisfied not between 1 and 4
            and applicable not between 1 and 4
        ) then score
    end as score,
    catalogue_version
from quality.score_today
