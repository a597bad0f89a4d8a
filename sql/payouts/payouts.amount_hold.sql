-- What holds a payout by its amount: the part of payouts.may_send about its tenant's maxima.
--
-- Parameters, returns: as payouts.may_send
create or replace function payouts.amount_hold(
    p_payout payouts.payout, out code text, out reason text
)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant core.tenant;
    v_sent numeric;
begin
    select * into v_tenant from core.tenant t where t.id = p_payout.tenant_id;
    if p_payout.amount_cents > v_tenant.payout_maximum_cents then
        code := 'maximum';
        reason := format('the payout is above the maximum of %s USD',
            payouts.usd(v_tenant.payout_maximum_cents));
    elsif v_tenant.payout_day_maximum_cents is not null then
        select coalesce(sum(p.amount_cents), 0) into v_sent
        from payouts.payout p
        where p.tenant_id = p_payout.tenant_id
            and p.sent_at > clock_timestamp() - interval '24 h'
            and p.status in ('processing', 'paid', 'reversed')
            and p.id is distinct from p_payout.id;
        if v_sent + p_payout.amount_cents > v_tenant.payout_day_maximum_cents then
            code := 'day_maximum';
            reason := format('payouts of more than %s USD in 24 hours are on hold',
                payouts.usd(v_tenant.payout_day_maximum_cents));
        end if;
    end if;
end
$$;
