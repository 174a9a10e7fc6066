"""`flask recover-inbound`: save messages that Twilio received while its webhooks failed."""

from datetime import UTC, datetime

import click

from dispatch import stores
from dispatch.actions.inbox import recovery
from dispatch.channels.whatsapp.client import LookUpFailed
from dispatch.cli.connected import NO_STORE, connected
from dispatch.rules import timing


def _moment(context: click.Context, parameter: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = timing.from_iso(text)
    except ValueError:
        raise click.BadParameter("must be a moment such as 2027-01-15T13:00 (UTC) or 2027-01-15T14:00+01:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command("recover-inbound")
@click.option(
    "--since",
    callback=_moment,
    metavar="MOMENT",
    help="Look for messages since this moment. Default: a day before the last known message.",
)
@click.option("--dry-run", is_flag=True, help="Only list the messages.")
@click.pass_context
def recover_inbound(context: click.Context, since: datetime | None, dry_run: bool) -> None:
    """Save inbound messages that Twilio has on record and no webhook has delivered.

    Safe to repeat. Exit code 2: Twilio or a store does not answer.
    """
    with connected():
        stores.prepare()
        since = since or recovery.since_last()
        try:
            found = recovery.recover(since, dry_run)
        except LookUpFailed as error:
            click.echo(f"Error: Twilio could not be asked: {error}.", err=True)
            context.exit(NO_STORE)
    for each in found.recovered:
        click.echo(f"{each.sid} of {each.at.isoformat()}")
    did = "to be recovered" if dry_run else "recovered"
    click.echo(
        f"Since {since.isoformat(timespec='seconds')}: {found.listed} listed, {found.known} known, "
        f"{len(found.recovered)} {did}"
    )
