-- Makes a pending payout due for purser-jobs, which makes its transfer as the user's submit would.
-- This function does not call Stripe.
--
-- A payout above its tenant's payout_second_person_cents needs the releases of two different
-- logins: the first is stored, the second one's sends.
--
-- Parameters: p_destination the Stripe account that the operator expects to be paid (admin.payouts
--   shows it); null = any, which is not enough where two must release
-- Returns: the payout's id; null after a dry run
-- Raises: PU404 no such payout, or none that is pending; PU422 another destination, or the same
--   login released it before; PU432, PU433, PU437 as payouts.hold_check
-- Locks: estimate, payout
-- Tables written: payouts.payout, payouts.release, admin.audit
create or replace function admin.release_payout(
    p_payout text, p_reason text, p_dry_run boolean default true, p_destination text default null
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout;
    v_two boolean;
begin
    select * into v_payout
    from payouts.payout p
    where p.id = p_payout and p.status = 'pending';
    if not found then
        raise exception using errcode = 'PU404', message = format('no pending payout %L', p_payout);
    end if;
    perform auth.assume(v_payout.tenant_id, v_payout.user_id);
    perform payouts.hold_check(v_payout, 'second_person');
    v_two := (payouts.may_send(v_payout, false)).code is not null;
    perform admin.need((p_destination <> v_payout.destination or v_two and p_destination is null)
        is not true, 'p_destination', 'name the Stripe account that you expect to be paid: it is '
        'another one, or two operators must release this payout');
    perform admin.record('release_payout', p_payout, jsonb_build_object('amount_cents',
        v_payout.amount_cents, 'destination', v_payout.destination), p_reason, false);
    v_payout := payouts.payout_lock(p_payout, true);
    perform payouts.payout_release(v_payout, session_user, v_two);
    perform admin.finish(concat_ws(' to ', 'release_payout ' || p_payout, v_payout.destination),
        p_dry_run);
    return p_payout;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.release_payout is
    'lets purser-jobs transfer a pending payout; a large one needs two operators';
