-- What is due stays small.  A checkout that is given up is marked: abandoned_at takes it out of
-- what is compared with Stripe, and its PaymentIntent is canceled.  Claims look at each tenant's
-- due rows by themselves, so that those of a tenant whose key is gone are not read by every claim.

grant select, update on payments.payment to purser_background;
set local role purser_background;
-- Their reading has ended: they were due for ever, and left out by their age at every claim.
update payments.payment p
set abandoned_at = now(), attempts = 0
where p.status in ('requires_payment_method', 'requires_confirmation', 'requires_action',
        'processing')
    and p.created_at <= now() - interval '30 days';
set local role purser_owner;

drop index payments.payment_creating;
drop index payments.payment_open;
drop index payments.prop_account_provision;
drop index payments.refund_intent_due;
drop index connect.account_creating;
drop index payouts.payout_due;
drop index stripe_events.stripe_event_due;

do $$
begin
    if (select count(*) from pg_index i where i.indisvalid and i.indexrelid in (
            to_regclass('payments.payment_creating_due'), to_regclass('payments.payment_open_due'),
            to_regclass('payments.payment_abandoned_due'),
            to_regclass('payments.prop_account_provision_due'),
            to_regclass('payments.refund_intent_open_due'),
            to_regclass('connect.account_creating_due'), to_regclass('payouts.payout_send_due'),
            to_regclass('stripe_events.event_pending_due'),
            to_regclass('stripe_events.event_money_open'),
            to_regclass('stripe_events.event_parked_since'),
            to_regclass('stripe_events.event_ended_since'),
            to_regclass('stripe_events.passed_day'))) <> 12
        or to_regclass('payments.payment_open') is not null
    then
        raise exception 'verify: an index of what is due is missing, unfinished or old';
    end if;
end
$$;
