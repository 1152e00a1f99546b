-- When the event at position $1 happened; everything sealed after it may be a transaction's length older.
SELECT at FROM audit.seals WHERE position = $1
