-- Books what a dispute of a PaymentIntent moves that is no payment's (payments.payment_unexpected),
-- each of Stripe's balance transactions once, and says so in the intent's exception.  An operator
-- decides what a lost one was: until then it stays in stripe:disputed, and what came in
-- suspense:payments.
--
-- Returns: applied; null = the intent is no exception, or an operator adopted it meanwhile
-- Locks: the exception
-- Tables written: core.exception, payments.dispute_movement, ledger.*, stripe_events.event
create or replace function payments.unexpected_disputed(
    p_event_id text, p_intent_id text, p_dispute jsonb
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_exception core.exception := payments.unexpected_lock(p_intent_id);
    v_dispute payments.dispute; -- has no row: its payment is not known
    v_move jsonb;
begin
    if v_exception.id is null then
        return null;
    end if;
    v_dispute.tenant_id := v_exception.tenant_id;
    for v_move in
        select m
        from jsonb_array_elements(
            coalesce(nullif(p_dispute -> 'balance_transactions', 'null'), '[]')) as m
        order by m ->> 'id'
    loop
        perform payments.dispute_movement_post(v_dispute, v_move);
    end loop;
    perform core.exception_open(v_exception.kind, v_exception.object_kind, p_intent_id,
        v_exception.detail || jsonb_build_object('dispute', p_dispute ->> 'id',
            'dispute_status', p_dispute ->> 'status'));
    return stripe_events.event_mark(p_event_id, 'applied', 'exception ' || v_exception.kind);
end
$$;
