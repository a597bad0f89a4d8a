-- The outbox gets an order, and says what is still to be given to the endpoints of clients.  Rows
-- of before are to be given to nobody: no endpoint existed.
set local lock_timeout = '10s';
alter table webhooks.outbox
    add column mode text not null default 'live' check (mode in ('live', 'sandbox')),
    -- the place among the events of its object, from 1 in the order of their commits
    add column number int,
    -- rises with number
    add column happened_at timestamptz,
    add column pending boolean not null default false;

do $$
begin
    if (select count(*) from pg_attribute a
        where a.attrelid = 'webhooks.outbox'::regclass
            and a.attname in ('mode', 'number', 'happened_at', 'pending')) <> 4
        or exists (select from webhooks.outbox o where o.pending)
    then
        raise exception 'verify: the outbox has an order, and nothing is pending';
    end if;
end
$$;
