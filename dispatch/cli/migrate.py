"""`flask migrate`: documents and indexes of earlier versions are brought to the present one."""

import click

from dispatch.actions.operations import migrate as operations_migrate
from dispatch.actions.operations.migrate import Migration
from dispatch.cli.connected import connected

#: An index on a large collection takes its time.
INDEX_SECONDS = 3600.0


@click.command()
@click.option("--dry-run", is_flag=True, help="Only print what would be done.")
def migrate(dry_run: bool) -> None:
    """Bring documents to the present schema version and create missing indexes.

    Repeat it as often as you like, also after it was killed, and beside running processes.
    Exit code 2: MongoDB does not answer.
    """

    def tell(done: Migration) -> None:
        verb = ("to be brought", "to be created") if dry_run else ("brought", "created")
        click.echo(f"{done.collection}: {done.brought} of {done.read} {verb[0]} to the present shape")
        for name in done.created:
            click.echo(f"{done.collection}: index {name} {verb[1]}")

    with connected(redis_too=False, mongodb_seconds=INDEX_SECONDS):
        operations_migrate.migrate(dry_run, tell)
