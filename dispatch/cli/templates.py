"""`flask templates`: push the WhatsApp templates to Twilio, and show their approval by Meta."""

from collections.abc import Mapping

import click

from dispatch import stores
from dispatch.actions.outbox import templates as outbox_templates
from dispatch.channels.whatsapp.templates import TemplatesFailed
from dispatch.cli.connected import NO_STORE, connected
from dispatch.models import Template
from dispatch.models.base.record import utc_now
from dispatch.models.template import Book
from dispatch.wording import templates as worded


@click.group("templates")
def templates() -> None:
    """WhatsApp templates: messages to people who have not written for 24 hours."""


@templates.command()
@click.option("--dry-run", is_flag=True, help="Only list the templates to be pushed.")
@click.pass_context
def push(context: click.Context, dry_run: bool) -> None:
    """Push each template that Twilio does not have yet, and submit it to Meta.

    Safe to repeat: an unchanged template is never pushed twice. Exit code 1: Twilio refused a template; 2: Twilio or a
    store does not answer.
    """
    with connected(redis_too=False):
        stores.prepare()
        try:
            done = list(outbox_templates.push(utc_now(), dry_run))
        except TemplatesFailed as error:
            _end(context, error)
    verb = "to be pushed" if dry_run else "pushed"
    for each in done:
        if each.is_new:
            click.echo(f"{each.name}: {each.problem or verb}")
    failed = sum(1 for each in done if each.problem)
    fresh = sum(1 for each in done if each.is_new) - failed
    click.echo(f"{fresh} {verb}, {failed} refused, {len(done) - fresh - failed} known")
    context.exit(1 if failed else 0)


@templates.command()
@click.pass_context
def status(context: click.Context) -> None:
    """Show the approval of each template by Meta, and count the messages without an approved template.

    Exit code 1: at least one message has no approved template; 2: Twilio or a store does not answer.
    """
    with connected(redis_too=False):
        stores.prepare()
        try:
            kept = {each.name: each for each in outbox_templates.refresh_statuses(utc_now())}
        except TemplatesFailed as error:
            _end(context, error)
    book = Book(kept.values())
    lacking = [_show(each, kept, book) for each in worded.templates() if each.category].count(True)
    click.echo(f"{lacking} messages have no approved template")
    context.exit(1 if lacking else 0)


def _show(wording: worded.Template, kept: Mapping[str, Template], book: Book) -> bool:
    """Print a line for a template. Return True if no approved template serves its message."""
    mine, serving = kept.get(wording.name), book.approved(wording.key, wording.language)
    line = f"{wording.name}: {mine.status if mine else 'not pushed'}"
    if mine and mine.reason:
        line += f" ({mine.reason})"
    if mine and mine.meta_category and mine.meta_category != wording.category:
        line += f"; Meta changed the category to {mine.meta_category}"
    if serving and serving.name != wording.name:
        line += f"; {serving.name} is used until then"
    click.echo(line)
    return serving is None


def _end(context: click.Context, error: TemplatesFailed) -> None:
    click.echo(f"Error: Twilio could not be asked: {error}.", err=True)
    context.exit(NO_STORE)
