-- What functions of purser_background may do with the tables of this module.
grant select on ledger.account to purser_background;
grant select on ledger.transfer to purser_background;
grant select on ledger.entry to purser_background;
grant select on ledger.code, ledger.asset to purser_background;
