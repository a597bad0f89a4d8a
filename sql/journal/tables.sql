-- What functions of purser_background may do with the tables of this module.
grant select, insert on journal.book to purser_background;
grant select, insert on journal.node to purser_background;
grant select on journal.account to purser_background;
grant select on journal.payout to purser_background;
grant select, insert, update on journal.api_key to purser_background;
