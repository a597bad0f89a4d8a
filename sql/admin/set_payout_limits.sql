-- What holds a tenant's payouts, whoever asks for them (payouts.may_send).  It counts at once, also
-- for payouts that are open.
--
-- Parameters: p_tenant slug or id; p_maximum_cents of a payout, p_day_maximum_cents of what is sent
--   in 24 h, p_second_person_cents above which two operators must release: null = none;
--   p_payee_change_hold_hours how long a payee that changed is not paid; p_reading_max_age_s how
--   old the validator's word about the account, and Stripe's about the payee, may be
-- Returns: the tenant's id; null after a dry run
-- Raises: PU404, PU422
-- Tables written: core.tenant, admin.audit
create or replace function admin.set_payout_limits(
    p_tenant text, p_maximum_cents bigint, p_day_maximum_cents bigint,
    p_second_person_cents bigint, p_payee_change_hold_hours int, p_reading_max_age_s int,
    p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
begin
    perform admin.need(coalesce(p_maximum_cents > 0, true), 'p_maximum_cents',
        'above 0, or null: none'),
        admin.need(coalesce(p_day_maximum_cents > 0, true), 'p_day_maximum_cents',
            'above 0, or null: none'),
        admin.need(coalesce(p_second_person_cents >= 0, true), 'p_second_person_cents',
            '0 or more, or null: none'),
        admin.need(p_payee_change_hold_hours between 0 and 8760, 'p_payee_change_hold_hours',
            'from 0 to 8760 hours'),
        admin.need(p_reading_max_age_s between 1 and 86400, 'p_reading_max_age_s',
            'from 1 to 86400 seconds');
    perform admin.record('set_payout_limits', v_tenant, jsonb_build_object(
        'maximum_cents', p_maximum_cents, 'day_maximum_cents', p_day_maximum_cents,
        'second_person_cents', p_second_person_cents,
        'payee_change_hold_hours', p_payee_change_hold_hours,
        'reading_max_age_s', p_reading_max_age_s), p_reason, false);
    update core.tenant t
    set payout_maximum_cents = p_maximum_cents, payout_day_maximum_cents = p_day_maximum_cents,
        payout_second_person_cents = p_second_person_cents,
        payee_change_hold_hours = p_payee_change_hold_hours,
        reading_max_age_s = p_reading_max_age_s
    where t.id = v_tenant;
    perform admin.finish('set_payout_limits ' || p_tenant, p_dry_run);
    return v_tenant;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.set_payout_limits is
    'what holds a tenant''s payouts: maxima, a second operator, a changed payee, an old reading';
