-- What functions of purser_background may do with the tables of this module.
grant select, update on connect.account to purser_background;
