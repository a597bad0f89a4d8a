-- What functions of purser_background may do with the tables of this module.
grant select on webhooks.outbox to purser_background;
