-- one row per scope, level and name, as of the newest day that was scored; exact, for pages
-- mỗi dòng là một phạm vi, cấp và tên, của ngày được chấm điểm gần nhất; số đúng, dùng cho trang báo cáo
select scored_on, scope_kind, scope_code, level, name, satisfied, applicable, score, catalogue_version
from quality.score
where scored_on = (select max(scored_on) from quality.score)
