-- What functions of purser_background may do with the tables of this module.
grant select, update on payouts.payout to purser_background;
grant select, update on payouts.estimate to purser_background;
grant select on payouts.valuation to purser_background;
