-- What functions of purser_background may do with the tables of this module.
grant select, delete on webhooks.outbox to purser_background;
