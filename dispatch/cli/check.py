"""`flask check`: list violations of consistency rules in the live database, one line each."""

import json
from datetime import timedelta

import click

from dispatch.actions.operations import law_check
from dispatch.cli.connected import connected
from dispatch.rules.operations.job_laws import Offence


@click.command()
@click.option(
    "--grace",
    type=click.FloatRange(0),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Skip documents changed less than this many seconds ago; work on them may still be running.",
)
@click.option(
    "--days",
    type=click.FloatRange(0),
    default=7,
    show_default=True,
    help="Read closed jobs and finished messages of this many days.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def check(context: click.Context, grace: float, days: float, as_json: bool) -> None:
    """List every document that violates a consistency rule: the rule, the kind and id of the document, since when.

    Changes nothing. Exit code 0: no violation; 1: at least one violation; 2: a store does not answer.
    """
    with connected():
        found = law_check.check(timedelta(seconds=grace), days)
    if as_json:
        violations = [{**_shown(each), "law": each.law} for each in found.offences]
        click.echo(json.dumps({"violations": violations, "read": found.read}))
    else:
        for each in found.offences:
            click.echo(f"{each.law} {each.kind} {each.id} since {_shown(each)['since'] or 'unknown'}")
        read = ", ".join(f"{count} {kind}" for kind, count in found.read.items()) or "no documents"
        click.echo(f"{len(found.offences)} violations; read {read}", err=True)
    context.exit(1 if found.offences else 0)


def _shown(offence: Offence) -> dict[str, str | None]:
    since = offence.since.isoformat(timespec="milliseconds") if offence.since else None
    return {"kind": offence.kind, "id": offence.id, "since": since}
