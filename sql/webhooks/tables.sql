-- The tables of this module: what functions of purser_background may do with them, which have
-- leases, what jobs claim, and what differs from api to api.
grant select, update, delete on webhooks.outbox to purser_background;
grant select, update on webhooks.endpoint to purser_background;
grant select on webhooks.secret, webhooks.api to purser_background;
grant select, insert, update on webhooks.delivery to purser_background;
grant select, insert on webhooks.attempt to purser_background;

insert into core.leased_table (name, lock_order, held, returned)
values ('webhooks.delivery', 9, 'lease_holder is not null', 'next_run_at = now()');

delete from webhooks.api;
insert into webhooks.api (api, events, unsent, header_prefix)
select a.api, a.events || '{endpoint.failing,endpoint.recovered,endpoint.disabled}'::text[],
    a.unsent, a.header_prefix
from (values
    ('prop', '{payment.succeeded,payment.failed,payout.completed,payout.failed,payout.reversed,
        account.provisioned}'::text[], '{kyc.updated}'::text[], 'X-Hyperscaled'),
    ('partner', '{payout.broadcast,payout.delivered,payout.failed}', '{kyc.updated}', null),
    ('marketplace', '{stripe.account_updated,stripe.payout_paid,stripe.payout_failed,
        stripe.payment_succeeded,stripe.payment_failed,stripe.dispute_created,
        stripe.dispute_updated}', '{kyc.updated}', null)
) as a (api, events, unsent, header_prefix);
