-- What holds a payout by its account: the part of payouts.may_send about what was earned.
--
-- Parameters, returns: as payouts.may_send
create or replace function payouts.account_hold(
    p_payout payouts.payout, p_leaves boolean, out code text, out reason text
)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_status text;
    v_estimate payouts.estimate;
    v_more bigint := case when p_payout.status in ('pending', 'processing') then 0
        else p_payout.amount_cents end;
    v_age int;
begin
    select a.status into v_status
    from payments.prop_account a
    where a.tenant_id = p_payout.tenant_id and a.id = p_payout.account_id;
    select * into v_estimate
    from payouts.estimate e
    where e.tenant_id = p_payout.tenant_id and e.account_id = p_payout.account_id;
    select t.reading_max_age_s into v_age from core.tenant t where t.id = p_payout.tenant_id;
    if v_status = 'suspended' then
        code := 'suspended';
        reason := 'the account is suspended, its payouts are on hold';
    elsif v_status is distinct from 'funded' then
        code := 'not_funded';
        reason := 'only a funded account earns payouts';
    elsif p_leaves and (v_estimate.bucket = 'funded' and v_estimate.observed_at
        >= clock_timestamp() - v_age * interval '1 s') is not true
    then
        code := 'reading';
        reason := format('the validator has not confirmed the account in the last %s s', v_age);
    elsif (v_estimate.committed_cents + v_more <= v_estimate.total_cents) is not true then
        code := 'total';
        reason := 'this amount is no longer owed: request a new payout';
    end if;
end
$$;
