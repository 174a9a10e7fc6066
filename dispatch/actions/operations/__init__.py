"""Actions for whoever runs the desk: checks, figures, migration, retries."""
