"""Entry point of gunicorn: `gunicorn -c gunicorn_conf.py wsgi:app`. Its `post_fork` connects the stores."""

from dispatch.app import create_app

app = create_app()
