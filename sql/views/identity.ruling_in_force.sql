-- one row per ruling that was not taken back, and takes none back itself
-- mỗi dòng là một phán quyết chưa bị rút lại, và không phải là lệnh rút lại
-- ruling_id: Số phán quyết — Number of the ruling
-- record_id: Mã bản ghi — The record ruled on
-- person_id: Mã người — The person ruled on
-- verdict: Phán quyết — same, different, cannot_tell or split
-- is_blind: Xem xét độc lập — Ruled without seeing what engine or others decided
-- link_decision: Quyết định trước đó — What stood of the record
-- link_rule: Quy tắc trước đó — By which rule
-- vector: Véc-tơ so sánh — How record and person agree, packed
-- rival_vector: Véc-tơ của ứng viên kia — How record and the best other candidate agree
-- model_version: Phiên bản mô hình — The model that gave the vector
-- actor: Ai quyết định — The reviewer's account
-- decided_at: Quyết định lúc — When
select
    r.ruling_id, r.record_id, r.person_id, r.verdict, r.is_blind, r.link_decision, r.link_rule, r.vector, r.rival_vector,
    r.model_version, r.actor, r.decided_at
from identity.ruling as r
where r.undoes_ruling_id is null and not exists (select from identity.ruling as u where u.undoes_ruling_id = r.ruling_id)
