-- What functions of purser_background may do with the tables of this module.
grant select, insert, update, delete on journal.book to purser_background;
grant select, insert, delete on journal.node to purser_background;
grant select, delete on journal.account to purser_background;
grant select, delete on journal.payout to purser_background;
grant select, insert, update, delete on journal.api_key to purser_background;
grant select, delete on journal.firm to purser_background;
grant select, delete on journal.import, journal.import_row to purser_background;
