"""The product's gunicorn configuration with seeded codes of inspections, so that each day is the same."""

import random
from typing import Any

import gunicorn_conf as product

SEED = 7
globals().update({name: value for name, value in vars(product).items() if not name.startswith("_")})


def post_fork(server: Any, worker: Any) -> None:
    """Set up the only worker."""
    product.post_fork(server, worker)
    dice = random.Random(SEED)  # noqa: S311  codes are not secret, and nothing else uses this generator
    setattr(random, "randrange", dice.randrange)  # noqa: B010  mypy: a function is assigned to
