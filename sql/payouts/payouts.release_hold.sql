-- What holds a pending payout until a second operator releases it: the part of payouts.may_send
-- about large amounts.  Only releases of this attempt count, and only by different logins.
--
-- Parameters, returns: as payouts.may_send
create or replace function payouts.release_hold(
    p_payout payouts.payout, out code text, out reason text
)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_above bigint := (
        select t.payout_second_person_cents from core.tenant t where t.id = p_payout.tenant_id);
begin
    if p_payout.status is distinct from 'processing' and p_payout.amount_cents > v_above
        and (select count(distinct r.released_by)
            from payouts.release r
            where r.tenant_id = p_payout.tenant_id and r.payout_id = p_payout.id
                and r.attempt = p_payout.attempt and r.destination = p_payout.destination) < 2
    then
        code := 'second_person';
        reason := format('two operators must release a payout above %s USD', payouts.usd(v_above));
    end if;
end
$$;
