-- Always raises: undoes the pipeline's open implicit transaction, or what an operator's function
-- did in a dry run.
--
-- Raises: PU499
create or replace function core.rollback() returns void
    language plpgsql
as $$
begin
    raise exception using errcode = 'PU499', message = 'rolled back';
end
$$;
grant execute on function core.rollback() to purser_background,
    purser_payments, purser_connect, purser_payouts, purser_webhooks, purser_jobs;
