-- one row per version of the linkage model: what stands of its links, and what reviewers ruled; counts records, not people; heavy: reads every link
-- mỗi dòng là một phiên bản mô hình liên kết: các liên kết đang mở và phán quyết của người xem xét; đếm bản ghi, không đếm người; nặng: đọc mọi liên kết
-- model_version: Phiên bản mô hình — Version of the linkage model
-- is_current: Đang dùng để dựng sổ — Builds link by it
-- matched: Liên kết đang mở là khớp — Open links that are matches
-- in_review: Liên kết đang chờ xem xét — Open links that wait for a reviewer
-- unmatched: Liên kết với người chưa có trong dân cư — Open links to people not in the register
-- ruled_same: Phán quyết cùng một người — Rulings that record and person are the same
-- ruled_different: Phán quyết khác người, kể cả tách — Rulings that they are different, splits included
-- ruled_cannot_tell: Phán quyết không xác định được — Rulings that cannot tell
-- blind_rulings: Trong đó xem xét độc lập — Of these, blind ones
with links as (
    select
        model_version, count(*) filter (where decision = 'match') as matched,
        count(*) filter (where decision = 'review') as in_review,
        count(*) filter (where decision = 'none') as unmatched
    from identity.link
    where closed_at is null
    group by model_version
),
rulings as (
    select
        model_version, count(*) filter (where verdict = 'same') as ruled_same,
        count(*) filter (where verdict in ('different', 'split')) as ruled_different,
        count(*) filter (where verdict = 'cannot_tell') as ruled_cannot_tell,
        count(*) filter (where is_blind) as blind_rulings
    from identity.ruling_in_force
    group by model_version
)
select
    model_version, coalesce(m.is_current, false) as is_current,
    coalesce(l.matched, 0) as matched, coalesce(l.in_review, 0) as in_review, coalesce(l.unmatched, 0) as unmatched,
    coalesce(r.ruled_same, 0) as ruled_same, coalesce(r.ruled_different, 0) as ruled_different,
    coalesce(r.ruled_cannot_tell, 0) as ruled_cannot_tell, coalesce(r.blind_rulings, 0) as blind_rulings
from (select version as model_version, is_current from identity.linkage_model) as m
full join links as l using (model_version)
full join rulings as r using (model_version)
