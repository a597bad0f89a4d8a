-- What functions of purser_background may do with the tables of this module.
grant select on core.tenant to purser_background;
grant select, update on core.installation to purser_background;
grant select on core.transition to purser_background;
grant select on core.leased_table, core.job_kind to purser_background;
grant select, insert, update, delete on core.program to purser_background;
grant select, insert, update, delete on core.idempotency to purser_background;
grant insert on core.tenant to purser_background;
grant update (connect_return_url, connect_refresh_url, payout_auto_submit, payout_minimum_cents)
    on core.tenant to purser_background;
