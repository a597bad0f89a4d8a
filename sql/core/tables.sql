-- The tables of this module: what functions of purser_background may do with them, which have
-- leases, and what jobs claim.
grant select on core.tenant to purser_background;
grant select, update on core.installation to purser_background;
grant select, insert, update (mode) on core.stripe_account to purser_background;
grant select on core.transition to purser_background;
grant select on core.leased_table, core.job_kind to purser_background;
grant select, insert, update, delete on core.program to purser_background;
grant select, insert, update, delete on core.idempotency to purser_background;
grant insert on core.tenant to purser_background;
grant update (connect_return_url, connect_refresh_url, payout_auto_submit, payout_minimum_cents)
    on core.tenant to purser_background;

-- Tables with leases, and kinds of jobs: both lists are emptied here, and each module adds its own.
delete from core.job_kind;
delete from core.leased_table;

insert into core.leased_table (name, lock_order, held, returned)
values ('core.idempotency', 1, $$state = 'running'$$, $$state = 'open'$$);
