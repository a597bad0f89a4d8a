-- In which incarnation of the database (core.incarnation) Stripe's lists were read: what another
-- one had read says nothing about this one, which may be a restored backup.
alter table stripe_events.bookmark
    add column begun_in text, -- the reading under way
    add column read_in text; -- the last finished one
do $$
begin
    if exists (select from stripe_events.bookmark where read_in is not null) then
        raise exception 'verify: every list is to be read in this incarnation';
    end if;
end
$$;
