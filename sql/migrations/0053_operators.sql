-- Operators look for all about an object, by the indexes that load.sql built before, and erase a
-- user: what the books need stays under a pseudonym.

alter table auth."user" add erased_at timestamptz;

-- The e-mail of a Connect account is what it was made with, and goes with its user's.
drop trigger fixed on connect.account;
create trigger fixed before update on connect.account for each row
    when (
        (old.id, old.tenant_id, old.user_id, old.country, old.recipient)
            is distinct from (new.id, new.tenant_id, new.user_id, new.country, new.recipient)
        or (old.email is distinct from new.email
            and current_setting('purser.operator', true) is distinct from 'on')
        or (old.stripe_account_id is not null
            and old.stripe_account_id is distinct from new.stripe_account_id)
        or (new.onboarding and not old.onboarding))
    execute function core.refuse('a Connect account keeps its owner, country and Stripe account');

do $$
begin
    if (select count(*) from pg_index i join pg_class c on c.oid = i.indexrelid
        where c.relname in ('event_object', 'outbox_object', 'outbox_created_at',
            'balance_transaction_source', 'audit_object') and i.indisvalid) <> 5
    then
        raise exception 'verify: indexes of what operators look for';
    end if;
end
$$;
