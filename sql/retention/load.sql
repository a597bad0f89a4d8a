-- Module retention: deletes rows when their time of keeping ends.
-- Views and functions, each after what it needs.

set local role purser_background;
\ir retention.prune.sql
