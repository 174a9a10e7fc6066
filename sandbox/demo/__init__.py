"""`make demo`: the desk of `make run` plays a day by itself, from a seed, at a speed that people can follow."""
