-- Posts what a dispute has lost in one currency: while it is lost, all that is still withdrawn;
-- else nothing.  So a loss is posted back when the dispute is opened again or won later.
--
-- Parameters: p_dispute our row, locked through its payment
-- Tables written: payments.dispute_loss, ledger.*
create or replace function payments.dispute_loss_post(p_dispute payments.dispute, p_currency text)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_withdrawn bigint;
    v_posted bigint;
    v_number bigint;
    v_loss payments.dispute_loss;
begin
    select -sum(m.amount)::bigint into v_withdrawn
    from payments.dispute_movement m
    where m.tenant_id = p_dispute.tenant_id and m.dispute_id = p_dispute.id
        and m.currency = p_currency;
    select coalesce(sum(l.amount), 0)::bigint, count(*) into v_posted, v_number
    from payments.dispute_loss l
    where l.tenant_id = p_dispute.tenant_id and l.dispute_id = p_dispute.id
        and l.currency = p_currency;

    insert into payments.dispute_loss (tenant_id, id, dispute_id, amount, currency)
    select p_dispute.tenant_id, format('%s:%s:%s', p_dispute.id, v_number, p_currency),
        p_dispute.id, l.amount, p_currency
    from (values (case p_dispute.status when 'lost' then v_withdrawn else 0 end - v_posted))
        as l (amount)
    where l.amount <> 0
    returning * into v_loss;
    if found then
        perform ledger.post('dispute_lost', v_loss.id,
            array[ledger.leg('losses:disputes', p_currency, v_loss.amount),
                ledger.stripe_leg('stripe:disputed', p_currency, -v_loss.amount)],
            v_loss.created_at, p_dispute.id);
    end if;
end
$$;
