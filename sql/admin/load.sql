-- Module admin: views and functions of operators, owned by purser_background.

set local role purser_background;
\ir audit_hash.sql
\ir audit_lock.sql
\ir record.sql
\ir need.sql
\ir tenant_id.sql
\ir finish.sql
\ir money.sql
\ir create_tenant.sql
\ir under_way.sql
\ir create_stripe_account.sql
\ir assign_stripe_account.sql
\ir replace_stripe_account.sql
\ir create_app.sql
\ir revoke_app.sql
\ir mint_app_token.sql
\ir create_user.sql
\ir mint_session.sql
\ir revoke_sessions.sql
\ir mint_journal_key.sql
\ir revoke_journal_keys.sql
\ir new_installation.sql
\ir set_tier.sql
\ir retry.sql
\ir replay_event.sql
\ir resend.sql
\ir recover.sql
\ir suspend_account.sql
\ir restore_account.sql
\ir restore_payee.sql
\ir set_connect_urls.sql
\ir set_payout_policy.sql
\ir set_payout_limits.sql
\ir release_payout.sql
\ir retry_payout.sql
\ir payout_lock.sql
\ir cancel_payout.sql
\ir cancel_checkouts.sql
\ir reowe_payout.sql
\ir resolve_exception.sql
\ir refund.sql
\ir accept_mismatch.sql
\ir set_account_status.sql
\ir discard_reading.sql
\ir adjustment_legs.sql
\ir post_adjustment.sql
\ir adopt.sql
\ir posting_check.sql
\ir reconciliation.sql
\ir hold_reason.sql
\ir limit_reason.sql
\ir payouts_views.sql
\ir journal_views.sql
\ir refunds_view.sql
\ir ledger_views.sql
\ir stripe_accounts_view.sql
\ir disputes_view.sql
\ir tenant_views.sql
\ir webhooks_views.sql
\ir views.sql
\ir jobs_due.sql
\ir health_views.sql
\ir trace_direct.sql
\ir trace_about.sql
\ir trace_find.sql
\ir trace_related.sql
\ir trace_user.sql
\ir trace_payment.sql
\ir trace_payout.sql
\ir trace_of.sql
\ir trace.sql
\ir erase_check.sql
\ir erase_journal.sql
\ir erase_rows.sql
\ir erase_user.sql

reset role;
grant select on all tables in schema admin to purser_admin;
-- What admin.help shows can be called.
do $$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid
        from pg_catalog.pg_proc p
        where p.pronamespace = 'admin'::regnamespace and obj_description(p.oid, 'pg_proc') <> ''
    loop
        execute format('grant execute on function %s to purser_admin', v_function);
    end loop;
end
$$;
grant select, insert on admin.audit to purser_background;
comment on table admin.audit is
    'what operators changed: who, when, with which arguments and why, chained by hashes';
