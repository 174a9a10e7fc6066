"""The rows of the table. Each row is a function that takes a stage and yields figures."""
