-- one row per person: the whole book in sections, each line with its batch and row; what the law restricts is left out
-- mỗi dòng là một người: cả cuốn sổ theo từng phần, mỗi mục kèm lô và dòng; phần pháp luật hạn chế được bỏ ra
-- administrative: Phần hành chính: mỗi trường với giá trị và nguồn — Administrative section: each field with its value and source
-- sections: Tình trạng của từng phần: có nội dung, không có gì, chưa hỏi — State of each section: filled, none known, not asked
-- allergies: Dị ứng — Allergies
-- history: Tiền sử và yếu tố nguy cơ — History and risk factors
-- immunisations: Tiêm chủng — Doses of vaccines
-- encounters: Lượt khám, kèm chẩn đoán, thuốc, dịch vụ, kết quả và chỉ số — Visits with their diagnoses, drugs, services, results and measurements
-- diagnoses_outside_encounters: Chẩn đoán không thuộc lượt khám nào — Diagnoses that belong to no visit
select
    b.person_id, b.is_verified, b.status, b.record_count, b.encounter_count, b.last_event_on, b.digest,
    (
        select coalesce(jsonb_object_agg(p.field_name, to_jsonb(p) - array['person_id', 'field_name']), '{}')
        from book.person_page as p where p.person_id = b.person_id
    ) as administrative,
    (
        select jsonb_object_agg(t.section, to_jsonb(t) - array['person_id', 'section'])
        from book.person_section as t where t.person_id = b.person_id
    ) as sections,
    (
        select coalesce(jsonb_agg(to_jsonb(a) - 'person_id' order by a.stated_on desc nulls last, a.record_id, a.line_no), '[]')
        from book.allergy as a where a.person_id = b.person_id
    ) as allergies,
    (
        select coalesce(
            jsonb_agg(
                to_jsonb(h) - array['person_id', 'is_restricted']
                order by h.kind, h.stated_on desc nulls last, h.record_id, h.line_no
            ), '[]'
        )
        from book.history as h where h.person_id = b.person_id and h.is_restricted is not true
    ) as history,
    (
        select coalesce(jsonb_agg(to_jsonb(i) - 'person_id' order by i.given_on, i.record_id, i.line_no), '[]')
        from book.immunisation as i where i.person_id = b.person_id
    ) as immunisations,
    (
        select coalesce(
            jsonb_agg(
                to_jsonb(e) - array['person_id', 'is_restricted'] || jsonb_build_object(
                    'further_sources', o.sources, 'diagnoses', d.lines, 'medications', m.lines, 'services', s.lines,
                    'lab_results', l.lines, 'vital_signs', v.lines
                ) order by e.started_at desc nulls last, e.record_id
            ), '[]'
        )
        from book.encounter as e
        cross join lateral (
            select array_append(array_agg(x.record_id), e.record_id) as record_ids,
                coalesce(jsonb_agg(to_jsonb(x) - array['person_id', 'encounter_id', 'record_id'] order by x.record_id), '[]') as sources
            from book.encounter_source as x where x.person_id = e.person_id and x.encounter_id = e.record_id
        ) as o
        cross join lateral (
            select coalesce(jsonb_agg(to_jsonb(x) - array['person_id', 'record_id', 'is_restricted'] order by x.record_id <> e.record_id, x.record_id, x.line_no), '[]')
            from book.diagnosis as x where x.person_id = e.person_id and x.record_id = any(o.record_ids) and x.is_restricted is not true
        ) as d (lines)
        cross join lateral (
            select coalesce(jsonb_agg(to_jsonb(x) - array['person_id', 'record_id', 'is_restricted'] order by x.record_id <> e.record_id, x.record_id, x.line_no), '[]')
            from book.medication as x where x.person_id = e.person_id and x.record_id = any(o.record_ids) and x.is_restricted is not true
        ) as m (lines)
        cross join lateral (
            select coalesce(jsonb_agg(to_jsonb(x) - array['person_id', 'record_id', 'is_restricted'] order by x.record_id <> e.record_id, x.record_id, x.line_no), '[]')
            from book.service as x where x.person_id = e.person_id and x.record_id = any(o.record_ids) and x.is_restricted is not true
        ) as s (lines)
        cross join lateral (
            select coalesce(jsonb_agg(to_jsonb(x) - array['person_id', 'record_id', 'is_restricted'] order by x.record_id <> e.record_id, x.record_id, x.line_no), '[]')
            from book.lab_result as x where x.person_id = e.person_id and x.record_id = any(o.record_ids) and x.is_restricted is not true
        ) as l (lines)
        cross join lateral (
            select coalesce(jsonb_agg(to_jsonb(x) - array['person_id', 'record_id'] order by x.record_id <> e.record_id, x.record_id, x.line_no), '[]')
            from book.vital_sign as x where x.person_id = e.person_id and x.record_id = any(o.record_ids)
        ) as v (lines)
        where e.person_id = b.person_id and e.is_restricted is not true
    ) as encounters,
    (
        select coalesce(
            jsonb_agg(to_jsonb(x) - array['person_id', 'is_restricted'] order by x.diagnosed_on, x.record_id, x.line_no), '[]'
        )
        from book.diagnosis as x
        where x.person_id = b.person_id and x.is_restricted is not true
            and not exists (select 1 from book.encounter as e where e.person_id = x.person_id and e.record_id = x.record_id)
            and not exists (select 1 from book.encounter_source as e where e.person_id = x.person_id and e.record_id = x.record_id)
    ) as diagnoses_outside_encounters
from book.health_book as b
