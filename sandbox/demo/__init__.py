"""`make demo`: plays a day on the desk of `make run`, from a seed, at a speed that people can follow."""
