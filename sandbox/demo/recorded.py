"""`python -m sandbox.demo.recorded FILE`: plays the day fast and records the requests to Twilio in FILE."""

import os
import subprocess
import sys
from pathlib import Path

from sandbox import embedded

#: Speed, compared with `make demo`.
SPEED = "8"
PORTS = ("PORT", "SANDBOX_PORT", "FLOWER_PORT")
ENDS = {"That was the day": 0, "The day stopped": 1}


def main(file: Path) -> int:
    """Start a desk on free ports, play the day, stop the desk. Return 0. Return 1 if the day did not reach its end."""
    file.unlink(missing_ok=True)
    changes = {name: str(embedded.free_port()) for name in PORTS}
    changes |= {"SANDBOX_RECORD": str(file.resolve()), "DEMO_SPEED": SPEED, "DEMO_WAIT_SECONDS": "0"}
    demo = subprocess.Popen(
        [sys.executable, "-m", "sandbox.demo"], env=os.environ | changes, stdout=subprocess.PIPE, text=True
    )
    assert demo.stdout is not None
    try:
        for line in demo.stdout:
            print(line, end="", flush=True)
            for words, code in ENDS.items():
                if words in line:
                    return code
        return 1
    finally:
        demo.terminate()
        demo.stdout.close()
        demo.wait()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
