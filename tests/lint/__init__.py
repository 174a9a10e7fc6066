"""Checks of `make lint` beside those of ruff, mypy and import-linter. They need no network.

advisories: no pinned package has a known vulnerability.
secret_scan: no file contains a secret.
"""
