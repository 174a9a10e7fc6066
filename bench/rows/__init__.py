"""The rows of the table: each yields its figures from a stage."""
