-- A payout that Stripe refused for now, and of whose next attempt nothing was sent, may be
-- canceled.
insert into core.transition (machine, from_status, to_status)
values ('payout', 'processing', 'canceled');
do $$
begin
    if not exists (
        select
        from core.transition t
        where (t.machine, t.from_status, t.to_status) = ('payout', 'processing', 'canceled'))
    then
        raise exception 'verify: the transition is missing';
    end if;
end
$$;
