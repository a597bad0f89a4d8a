-- What each role may call and read, by family: grants.pg compares it with the database.
-- Who adds a function or view for C adds it here.  purser_jobs has purser_worker's rights too.
create temp table allowed (family text, role text, names text);
insert into allowed values
    ('core', 'purser_worker',
        'auth.assume auth.authenticate_app auth.authenticate_session core.idempotency_begin '
        'core.idempotency_finish core.idempotency_release core.idempotency_replay '
        'core.idempotency_store core.leases_return core.rollback core.worker_start'),
    ('payments', 'purser_worker',
        'payments.checkout_begin payments.checkout_refuse payments.checkout_settle '
        'payments.checkout_unknown payments.free_create payments.lifecycle_apply '
        'payments.payment_v payments.prop_account_v'),
    ('payments', 'purser_jobs',
        'jobs.checkout_claim jobs.dispute_apply jobs.payment_intent_apply jobs.provision_claim '
        'jobs.reconcile_claim jobs.refunds_apply payments.provision_match '
        'payments.provision_retry payments.provision_settle'),
    ('webhooks', 'purser_worker', 'webhooks.stripe_event_receive'),
    ('webhooks', 'purser_jobs',
        'jobs.backfill_advance jobs.backfill_claim jobs.backfill_finish jobs.backfill_restart '
        'jobs.prune jobs.stripe_event_claim jobs.stripe_event_finish jobs.stripe_event_retry'),
    ('journal', 'purser_worker',
        'auth.authenticate_journal journal.account_create journal.account_delete '
        'journal.account_update journal.payout_create journal.payout_delete '
        'journal.payout_export journal.payout_import journal.payout_list journal.payout_update '
        'journal.account_v journal.firm_v journal.payout_v'),
    ('connect', 'purser_worker',
        'connect.account_begin connect.account_heal connect.account_link connect.account_refuse '
        'connect.account_settle connect.account_unknown connect.account_v'),
    ('connect', 'purser_jobs', 'jobs.account_apply jobs.account_deauthorize jobs.connect_claim'),
    ('payouts', 'purser_worker',
        'payouts.estimate_read payouts.estimate_target payouts.payout_cancel '
        'payouts.payout_refuse payouts.payout_request payouts.payout_retry payouts.payout_settle '
        'payouts.payout_submit payouts.payout_unknown payouts.payout_v'),
    ('payouts', 'purser_jobs', 'jobs.payout_claim jobs.transfer_apply');

-- Definer functions without `set search_path`: the hot ones, every name in them qualified.
create temp table pathless (name text);
insert into pathless values ('auth.authenticate_app'), ('auth.authenticate_session'),
    ('auth.authenticate_journal'), ('webhooks.stripe_event_receive');
