-- A transfer of ours that fits no payout (payouts.transfer_unexpected) becomes the one that paid
-- this payout, by an operator's word: what stands in suspense:payouts for it is what was owed.
--
-- Parameters: p_object_id the payout; or, when its row was lost, the prop account that it was for:
--   the payout is made again; p_by the operator, p_resolution of the exception
-- Returns: the payout
-- Raises: PU404 no open exception of this transfer, no such payout or account; PU421 another amount
--   or currency; PU422 nothing of it is in suspense, or it went to another user; PU433 more than
--   was earned; PU434 a transfer of the payout is under way; PU435 the payout is paid
-- Locks: estimate, payout, exception
-- Tables written: payouts.payout, payouts.reversal, payouts.estimate, ledger.*, webhooks.outbox,
--   core.exception
create or replace function payouts.transfer_adopt(
    p_transfer_id text, p_object_id text, p_resolution text, p_by text
) returns payouts.payout
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout;
    v_exception core.exception;
    v_taken record;
begin
    if p_object_id not like 'prop\_%' then
        v_payout := payouts.payout_lock(p_object_id, false);
    end if;
    v_exception := core.exception_lock(p_transfer_id,
        array['transfer_conflict', 'transfer_without_row']);
    if v_exception.id is null or v_exception.resolved_at is not null then
        raise exception using errcode = 'PU404',
            message = format('no open exception of a transfer %L', p_transfer_id);
    end if;
    select * into v_taken
    from ledger.posted('transfer_unexpected', p_transfer_id, 'suspense:payouts');
    if v_taken.amount is null then
        raise exception using errcode = 'PU422', column = 'p_stripe_id',
            message = 'p_stripe_id: nothing of the transfer is in suspense';
    elsif v_payout.id is null then
        v_payout := payouts.payout_restore((
            select e.id from (values (v_exception.detail #>> '{metadata,purser_object}')) as e (id)
            where e.id like 'po\_%'
                and not exists (select from payouts.payout p where p.id = e.id)),
            p_object_id, v_taken.amount::bigint);
    end if;
    perform payouts.adopt_check(v_payout, p_transfer_id, v_taken.amount, v_taken.asset,
        v_exception.detail ->> 'destination');
    perform core.exception_resolve(v_exception.kind, p_transfer_id, p_resolution, p_by);
    perform set_config('purser.operator', 'on', true);
    perform payouts.payout_paid(v_payout, p_transfer_id, v_exception.detail ->> 'destination',
        v_taken.effective_at);
    perform set_config('purser.operator', 'off', true);
    select * into v_payout
    from payouts.payout p
    where p.id = v_payout.id and p.tenant_id = v_payout.tenant_id;
    perform payouts.transfer_reverse(v_payout, payouts.suspended_reversals(p_transfer_id));
    return v_payout;
end
$$;
grant execute on function payouts.transfer_adopt(text, text, text, text) to purser_background;
