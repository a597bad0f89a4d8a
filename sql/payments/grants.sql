-- What functions of purser_background may do with the tables of this module.
grant select, insert, update on payments.tier to purser_background;
grant select, insert, update on payments.payment to purser_background;
grant select, insert, update on payments.prop_account to purser_background;
grant select, insert, update on payments.dispute to purser_background;
grant select on payments.refund to purser_background;
grant select on payments.suspension to purser_background;
grant usage on type payments.checkout_row to purser_background, purser_worker;
