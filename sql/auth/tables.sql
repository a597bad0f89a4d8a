-- What functions of purser_background may do with the tables of this module.
grant select, insert, update, delete on auth.session to purser_background;
grant select, insert, update, delete on auth.app_token to purser_background;
grant select, insert, update on auth.app to purser_background;
grant select, insert, update on auth."user" to purser_background;
