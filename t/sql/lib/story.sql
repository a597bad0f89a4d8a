-- A support day at acme, after world.sql and payouts.sql: table t.story has the ids by names.
--
-- alice bought a challenge, which her bank disputes, and asked for a part of another one back.
-- carol is funded and was paid; a part of it came back.  A second payout of hers waits, since her
-- account is suspended.  A payment of alice's came with another amount.
create table t.story (name text primary key, id text not null);
create function t.told(p_name text, p_id text) returns text language sql as $$
    insert into t.story values (p_name, p_id) returning id
$$;
create function t.id(p_name text) returns text language sql as $$
    select id from t.story where name = p_name
$$;
select t.told('payment', t.paid('pi_story'));
select t.told('account', t.account_of(t.id('payment')));
select t.event('evt_story', 'pi_story');
select stripe_events.event_finish('default', 'evt_story', 'failed', 'no such user');
select payments.dispute_event(null, t.dispute('dp_story', 'pi_story', 'needs_response', -19900));
update payments.dispute set evidence_due_by = now() + interval '3 days' where id = 'dp_story';
select t.told('refunded', t.paid('pi_refunded'));
select t.act('usr_alice');
select t.told('refund', (payments.refund_begin(t.id('refunded'), 5000)).id);
select t.id from payments.refund_claim('j', 30000) as t;
select payments.refund_settle(id, t.refund('re_story', 5000)
    || jsonb_build_object('metadata', t.metadata(id), 'payment_intent', 'pi_refunded'))
from t.story where name = 'refund';
select t.told('mismatch', t.mismatched('pi_mismatch'));
select reconciliation.balance_transaction_receive('default', jsonb_build_array(jsonb_build_object(
    'id', 'txn_story', 'object', 'balance_transaction', 'type', 'charge', 'amount', 19900,
    'fee', 607, 'net', 19293, 'currency', 'usd', 'created', 1772366400,
    'available_on', 1772366400, 'source', jsonb_build_object('id', 'ch_story', 'object', 'charge',
        'amount', 19900, 'currency', 'usd', 'payment_intent', 'pi_story', 'metadata', '{}'))));
select t.told('payee', t.payee('usr_carol', 'acct_story'));
select t.told('funded', t.prop('usr_carol'));
select t.told('payout', t.request(t.id('funded'), 41250));
select t.submit(t.id('payout'));
select payouts.transfer_event(null, t.transfer('tr_story', t.id('payout'), 41250, 'acct_story')
    || '{"amount_reversed": 1000}', jsonb_build_array(t.reversal('trr_story', 1000)));
select t.told('waiting', t.request(t.id('funded'), 50000));
