-- Module journal: the journal of payouts.
-- Views and functions, each after what it needs.  Rights on tables come last.

set local role purser_owner;
\ir journal.name_clean.sql
\ir journal.name_fold.sql
\ir journal.name_check.sql
\ir journal.etag_check.sql
\ir journal.payout_by_group.sql
\ir journal.part.sql
\ir journal.payout_row.sql
\ir journal.payout_v.sql
\ir journal.account_v.sql
\ir journal.firm_v.sql
\ir journal.traders_share.sql
\ir journal.new_id.sql
\ir journal.time_of.sql
\ir journal.count_of.sql
\ir journal.history_upto.sql
\ir journal.history_at.sql
\ir journal.history_create.sql
\ir journal.history_split.sql
\ir journal.history_change.sql
\ir journal.history_rebuild.sql
\ir journal.history_of.sql
\ir journal.book_key.sql
\ir journal.book_lock.sql
\ir journal.book_lock_long.sql
\ir journal.firm_of.sql
\ir journal.payout_insert.sql
\ir journal.payout_create.sql
\ir journal.payout_update.sql
\ir journal.payout_delete.sql
\ir journal.payout_search.sql
\ir journal.payout_page.sql
\ir journal.payout_list.sql
\ir journal.payout_csv_read.sql
\ir journal.payout_csv_wrong.sql
\ir journal.payout_csv_write.sql
\ir journal.payout_csv_import.sql
\ir journal.payout_csv_undo.sql
\ir journal.payout_csv_export.sql
\ir journal.account_create.sql
\ir journal.account_update.sql
\ir journal.account_delete.sql

set local role purser_owner;
\ir tables.sql
