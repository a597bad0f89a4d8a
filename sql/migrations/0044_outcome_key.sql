-- The keys of the message authentication codes by which programs prove that an answer of Stripe's
-- is one (core.outcome_prove), each as the two blocks of HMAC-SHA256: that of the programs, which
-- purser-jobs stores, and one that no program knows.
create table core.outcome_key (
    holder text primary key check (holder in ('programs', 'database')),
    inner_block bytea not null check (octet_length(inner_block) = 64),
    outer_block bytea not null check (octet_length(outer_block) = 64)
);
-- Two random blocks are as good as two that are made of one key.
insert into core.outcome_key (holder, inner_block, outer_block)
select 'database', r.b[1] || r.b[2], r.b[3] || r.b[4]
from (
    select array_agg(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))) as b
    from generate_series(1, 4)) as r;

do $$
begin
    if (select count(*) from core.outcome_key where holder = 'database') <> 1 then
        raise exception 'verify: there must be a key of the database';
    end if;
end
$$;
