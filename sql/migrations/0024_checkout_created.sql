-- When a checkout was begun, for the request as well as for the job that resumes it: both must know
-- whether Stripe still has its idempotency key.
alter type payments.checkout_row add attribute created_s bigint;
-- In the same transaction: it makes such rows.
\ir ../payments/payments.checkout_answer.sql

do $$
begin
    if not exists (
        select from pg_catalog.pg_attribute a
        where a.attrelid = 'payments.checkout_row'::regclass and a.attname = 'created_s'
    ) then
        raise exception 'verify: payments.checkout_row must have created_s';
    end if;
end
$$;
