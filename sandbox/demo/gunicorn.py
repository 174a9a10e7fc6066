"""gunicorn as the product sets it up, but that the codes of inspections are drawn from a seed: each day is the same."""

import random
from typing import Any

import gunicorn_conf as product

SEED = 7
globals().update({name: value for name, value in vars(product).items() if not name.startswith("_")})


def post_fork(server: Any, worker: Any) -> None:
    """Set up a worker, the only one."""
    product.post_fork(server, worker)
    dice = random.Random(SEED)  # noqa: S311  a code is no secret, and nothing else is drawn by this
    setattr(random, "randrange", dice.randrange)  # noqa: B010  mypy: a function is assigned to
