"""`flask migrate`: update documents and indexes of earlier versions."""

import click

from dispatch.actions.operations import migrate as operations_migrate
from dispatch.actions.operations.migrate import Migration
from dispatch.cli.connected import connected

#: Seconds for one call: creating an index on a large collection takes long.
INDEX_SECONDS = 3600.0


@click.command()
@click.option("--dry-run", is_flag=True, help="Only list the changes.")
def migrate(dry_run: bool) -> None:
    """Update documents to the present schema version, and create missing indexes.

    Safe to repeat, to interrupt, and to run beside running processes. Exit code 2: MongoDB does not answer.
    """

    def show(done: Migration) -> None:
        verb = ("to be updated", "to be created") if dry_run else ("updated", "created")
        click.echo(f"{done.collection}: {done.brought} of {done.read} documents {verb[0]}")
        for name in done.created:
            click.echo(f"{done.collection}: index {name} {verb[1]}")
        for each in done.doubles:
            click.echo(f"{done.collection}: {each} is the same person as another one: delete one, and migrate again")

    with connected(redis_too=False, mongodb_seconds=INDEX_SECONDS):
        operations_migrate.migrate(dry_run, show)
