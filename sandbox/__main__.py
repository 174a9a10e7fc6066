"""`python -m sandbox`: the desk of `make run`."""

import sys

try:
    from sandbox import desk
except ModuleNotFoundError as missing:
    sys.exit(f"Missing library: {missing.name}; `make run` installs it")

if __name__ == "__main__":
    try:
        desk.main()
    except KeyboardInterrupt:  # the desk does not handle signals yet, and no process runs
        sys.exit(130)
