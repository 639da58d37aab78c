"""Senders' own patient numbers as a witness of links: a number that leads to two people, a person who bears two."""


def sql_for_own_numbers(record: str, link: str) -> str:
    """One row per sender: what its numbers say of the links of its records to people of the register.

    `record` has `record_id, batch_id, row_no, sender_code, source_person_id, full_name_toneless, birth_date`, `link` those
    that match: `record_id, batch_id, row_no, person_id, is_automatic`, each by the row that its record stands by.
    """
    return f"""
    with linked as (
        select sender_code, source_person_id, person_id, full_name_toneless as name, birth_date as birth, is_automatic
        from {link} join {record} using (record_id, batch_id, row_no)
        where source_person_id is not null),
    numbers as (
        select sender_code, source_person_id, count(*) as records, count(distinct person_id) as people
        from linked group by all),
    persons as (
        select
            sender_code, person_id, count(distinct source_person_id) as numbers, count(distinct name) as names,
            count(distinct birth) as births
        from linked group by sender_code, person_id),
    of_numbers as (
        select
            sender_code,
            count(*) filter (where records > 1) as repeated_numbers,
            coalesce(sum(records) filter (where records > 1), 0)::bigint as repeated_records,
            count(*) filter (where people > 1) as apart_numbers
        from numbers group by sender_code),
    of_persons as (
        select
            sender_code,
            count(*) as persons,
            count(*) filter (where numbers > 1) as shared_persons,
            count(*) filter (where numbers > 1 and names > 1 and births > 1) as contradicting_persons
        from persons group by sender_code),
    of_matches as (select sender_code, count(*) filter (where is_automatic) as matches from linked group by sender_code)
    select *
    from of_numbers join of_persons using (sender_code) join of_matches using (sender_code)
    order by sender_code"""
