"""`flask …`: what a person of operations runs by hand, or a harness."""

from flask import Flask

from dispatch.cli import check


def register(app: Flask) -> None:
    """Give the app its commands."""
    app.cli.add_command(check.check)
