"""The citizen IDs of the register: everyone that a person ever had, each in use by one person at a time."""

from psycopg2.extensions import connection as Connection


def settle_identifiers(connection: Connection, version: int, stated_key: str) -> None:
    """Add the IDs of `incoming` to the history, and let each ID concerned be active where it is in use.

    It is in use by the person who is not cancelled and of whom it was said last (`stated_key`, SQL over a
    `register_standing d`). Needs `incoming` and `winner`; people who gain or lose an ID bear the version then. An ID is
    known by its keyed hash, `number` in what is made here.
    """
    with connection.cursor() as cursor:
        for step in (*_sql_to_find_holders(version, stated_key), *_sql_to_move(version)):
            cursor.execute(step)


def _sql_to_find_holders(version: int, stated_key: str) -> tuple[str, ...]:
    """Makes `stated_number` (what is new to the history), `number` (the IDs concerned) and `holder` (whose each is)."""
    return (
        "analyze identity.register_person",  # else a first load is planned as if the register were empty
        "analyze identity.register_standing",
        """
        create temp table stated_number on commit drop as
        select distinct on (person_id, number) * from (
            select person_id, national_id, national_id_hash as number from incoming where national_id is not null
            union all
            select person_id, previous_national_id, previous_national_id_hash from incoming
            where previous_national_id is not null) as s
        where not exists (
            select from identity.register_identifier n where n.person_id = s.person_id and n.national_id_hash = s.number)""",
        "analyze stated_number",
        f"""
        create temp table number on commit drop as
        select number from stated_number
        union
        select n.national_id_hash from identity.register_identifier n where n.person_id in (
            select person_id from winner
            union select person_id from identity.register_person where register_version = {version})""",
        "create unique index on number (number)",
        "analyze number",
        f"""
        create temp table holder on commit drop as
        select distinct on (n.number) n.number, r.person_id
        from identity.register_person r join number n on n.number = r.national_id_hash
        join identity.register_standing d on d.person_id = r.person_id
        where r.status is distinct from 'cancelled'
        order by n.number, {stated_key} desc, r.person_id""",
        "create unique index on holder (number)",
        "analyze holder",
    )


def _sql_to_move(version: int) -> tuple[str, ...]:
    """Lets each ID concerned be active where its holder bears it, and nowhere else."""
    return (
        "create temp table moved_number (person_id bigint) on commit drop",
        f"""
        with lost as (
            update identity.register_identifier i set is_active = false, register_version = {version}
            from number n left join holder h on h.number = n.number
            where i.is_active and n.number = i.national_id_hash and i.person_id is distinct from h.person_id
            returning i.person_id)
        insert into moved_number select person_id from lost""",
        f"""
        insert into identity.register_identifier (person_id, national_id, national_id_hash, is_active, register_version)
        select s.person_id, s.national_id, s.number, h.person_id is not null, {version} from stated_number s
        left join holder h on h.person_id = s.person_id and h.number = s.number""",
        f"""
        with gained as (
            update identity.register_identifier i set is_active = true, register_version = {version}
            from holder h
            where not i.is_active and h.number = i.national_id_hash and h.person_id = i.person_id
            returning i.person_id)
        insert into moved_number select person_id from gained""",
        f"""
        update identity.register_person set register_version = {version}
        where register_version <> {version} and person_id in (select person_id from moved_number)""",
    )
