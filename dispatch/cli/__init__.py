"""`flask …`: what a person of operations runs by hand, or a harness."""

from flask import Flask

from dispatch.cli import check, migrate, recover, templates


def register(app: Flask) -> None:
    """Give the app its commands."""
    app.cli.add_command(check.check)
    app.cli.add_command(migrate.migrate)
    app.cli.add_command(recover.recover_inbound)
    app.cli.add_command(templates.templates)
