"""What is written and never lost: tables, log, unit of work, write-once bytes."""
