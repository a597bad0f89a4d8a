-- Who may do what, whole: everything is taken away first, so that what is not
-- named here is not allowed.  Runs in the transaction that replaced functions.

do $$
begin
    execute format('revoke create, temporary on database %I from public', current_database());
end
$$;
revoke all on schema core, auth, payments, webhooks, ledger, jobs, admin, journal
    from public, purser_worker, purser_jobs, purser_admin;
revoke all on all tables in schema core, auth, payments, webhooks, ledger, jobs, admin, journal
    from public, purser_worker, purser_jobs, purser_admin, purser_background;
revoke all on all functions in schema core, auth, payments, webhooks, ledger, jobs, admin, journal
    from public, purser_worker, purser_jobs, purser_admin;
revoke all on type payments.checkout_row from public;

grant usage on schema core, auth, payments, webhooks, ledger, jobs, admin, journal
    to purser_background;

-- purser_background: the tables its functions touch, and the owner's functions they call
grant select on core.tenant, payments.payment_step, payments.prop_account_step, payments.payment_v
    to purser_background;
grant select, insert, update, delete on core.worker, core.idempotency, auth.session, auth.app_token,
    webhooks.stripe_event to purser_background;
grant insert on core.tenant to purser_background;
grant select, insert, update on auth.app, auth."user", payments.tier, payments.payment,
    payments.prop_account, payments.dispute, webhooks.backfill to purser_background;
grant select on payments.refund, payments.suspension, webhooks.outbox, ledger.account,
    ledger.transfer, ledger.entry to purser_background;
grant select, insert on admin.audit to purser_background;
grant select, insert on journal.book, journal.node to purser_background;
grant select on journal.account, journal.payout to purser_background;
grant select, insert, update on journal.api_key to purser_background;
grant usage on type payments.checkout_row to purser_background, purser_worker;
grant execute on function
    core.new_id(text),
    payments.payment_succeed(payments.payment, bigint, bigint, text, timestamptz),
    payments.refund_apply(payments.payment, jsonb),
    payments.dispute_status(text),
    payments.dispute_is_stale(text, int, text, int),
    payments.dispute_post(payments.dispute, jsonb),
    payments.suspension_set(text, text, text, boolean),
    webhooks.outbox_add(text, text, text, text, jsonb),
    webhooks.stripe_event_wake(text),
    journal.history_create(uuid, text)
    to purser_background;

-- request workers
grant usage on schema core, auth, payments, webhooks, journal to purser_worker;
grant usage on schema jobs to purser_jobs;
grant select on payments.prop_account_v, payments.payment_v, journal.payout_v, journal.account_v,
    journal.firm_v to purser_worker;
grant execute on function
    auth.authenticate_app(bytea, text, text),
    auth.authenticate_session(bytea, bytea, text, text, text),
    auth.authenticate_journal(bytea, text),
    auth.assume(text, text),
    core.idempotency_begin(text, text, text, text, bytea, text, int),
    core.idempotency_replay(text, text, text, text),
    core.idempotency_finish(bigint, int, text),
    core.idempotency_release(bigint),
    core.idempotency_store(text, text, text, text, bytea, int, text),
    core.rollback(),
    payments.checkout_begin(text, text, text, bigint, bigint, text, text, int),
    payments.checkout_settle(text, text, text, text),
    payments.checkout_refuse(text, text, text),
    payments.checkout_unknown(text, text, int),
    payments.free_create(text, text, bigint),
    payments.lifecycle_apply(text, text),
    webhooks.stripe_event_receive(text[], text[], text[], boolean[], bigint[], text[], text[],
        text[]),
    core.worker_start(text, text),
    core.leases_return(text),
    journal.payout_create(date, bigint, uuid, int, text, text),
    journal.payout_update(uuid, date, bigint, int, text, text),
    journal.payout_delete(uuid),
    journal.payout_list(bigint, bigint, uuid, text, text, text, date, date, boolean),
    journal.payout_import(jsonb),
    journal.payout_export(uuid, text, text, text, date, date, int),
    journal.account_create(text, text, text, bigint, bigint, text),
    journal.account_update(uuid, text, text, text, bigint, bigint, text),
    journal.account_delete(uuid)
    to purser_worker;

-- the background
grant execute on function
    jobs.stripe_event_claim(text, int, int),
    jobs.stripe_event_retry(text, int, text),
    jobs.stripe_event_finish(text, text, text),
    jobs.payment_intent_apply(text, text, text, text, bigint, bigint, text, bigint, text, text,
        text),
    jobs.refunds_apply(text, text, jsonb),
    jobs.dispute_apply(text, jsonb),
    jobs.checkout_claim(text, int),
    jobs.reconcile_claim(text, int, int),
    jobs.provision_claim(text, int, int),
    jobs.backfill_claim(text, int, int),
    jobs.backfill_advance(text, bigint, text),
    jobs.backfill_restart(text),
    jobs.backfill_finish(text),
    jobs.prune(int),
    payments.provision_settle(text, bigint, text, text),
    payments.provision_match(text, jsonb, boolean, int),
    payments.provision_retry(text, text, text, int, int)
    to purser_jobs;

-- operators
grant usage on schema admin to purser_admin;
grant select on all tables in schema admin to purser_admin;
grant execute on all functions in schema admin to purser_admin;
revoke execute on function admin.record(text, text, jsonb, text, boolean), admin.tenant_id(text),
    admin.audit_hash(bytea, bigint, timestamptz, text, text, text, jsonb, text) from purser_admin;

-- Connect accounts and trader payouts
revoke all on schema connect, payouts from public, purser_worker, purser_jobs, purser_admin;
revoke all on all tables in schema connect, payouts
    from public, purser_worker, purser_jobs, purser_admin, purser_background;
revoke all on all functions in schema connect, payouts
    from public, purser_worker, purser_jobs, purser_admin;
grant usage on schema connect, payouts to purser_background;
grant update (connect_return_url, connect_refresh_url, payout_auto_submit, payout_minimum_cents)
    on core.tenant to purser_background;
grant select, update on connect.account, payouts.payout, payouts.estimate to purser_background;
grant select on payouts.payout_step, payouts.reading, payouts.payout_v, payouts.payout_row_v,
    payouts.transfer_v, admin.stuck_payouts, admin.payout_check to purser_background;
grant execute on function
    connect.account_apply(text, jsonb, timestamptz),
    connect.account_tell(connect.account),
    payouts.payee(),
    payouts.payout_lock(text, boolean),
    payouts.payout_reopen(payouts.payout),
    payouts.payout_send(payouts.payout, text, timestamptz),
    payouts.payout_settle(text, jsonb),
    payouts.transfer_reverse(payouts.payout, jsonb)
    to purser_background;
grant usage on schema connect, payouts to purser_worker;
grant select on connect.account_v, payouts.payout_v to purser_worker;
grant execute on function
    connect.account_begin(text, text, text, int),
    connect.account_settle(text, jsonb, bigint),
    connect.account_refuse(text, text, text),
    connect.account_unknown(text, text, int),
    connect.account_link(text),
    connect.account_heal(jsonb, bigint),
    payouts.estimate_target(text),
    payouts.estimate_read(text, text, bigint, text, bigint),
    payouts.payout_request(text, text, bigint, text, bigint, bigint),
    payouts.payout_submit(text, text, int),
    payouts.payout_settle(text, jsonb),
    payouts.payout_refuse(text, int, text, text),
    payouts.payout_unknown(text, int, text, int),
    payouts.payout_retry(text),
    payouts.payout_cancel(text)
    to purser_worker;
grant execute on function
    jobs.connect_claim(text, int),
    jobs.account_apply(text, jsonb, bigint),
    jobs.account_deauthorize(text, text, bigint),
    jobs.payout_claim(text, int),
    jobs.transfer_apply(text, jsonb)
    to purser_jobs;
