-- Nothing: tasks are not kept here. What they added to the API keys and to the history of jobs is none of their tables.
-- D1 refuses a script without a statement.
SELECT 1;
