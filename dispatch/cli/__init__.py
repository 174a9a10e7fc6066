"""Commands for operations: `flask …`.

check: `flask check` lists violations of consistency rules.
connected: commands connect the stores and end with one line if a store does not answer.
migrate: `flask migrate` updates documents and indexes after an upgrade.
recover: `flask recover-inbound` saves messages that no webhook delivered.
templates: `flask templates` pushes message templates to Twilio and shows their approval.
"""

from flask import Flask

from dispatch.cli import check, migrate, recover, templates


def register(app: Flask) -> None:
    """Add the commands to the app."""
    app.cli.add_command(check.check)
    app.cli.add_command(migrate.migrate)
    app.cli.add_command(recover.recover_inbound)
    app.cli.add_command(templates.templates)
