"""gunicorn's entry: `gunicorn -c gunicorn_conf.py wsgi:app`; its `post_fork` connects the stores."""

from dispatch.app import create_app

app = create_app()
