-- What functions of purser_background may do with the tables of this module.
grant select, insert, update, delete on stripe_events.event to purser_background;
grant select, insert, update on stripe_events.backfill to purser_background;
