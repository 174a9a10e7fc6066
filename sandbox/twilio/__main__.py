"""The pretend Twilio as a process of its own: python -m sandbox.twilio."""

import signal
import sys
import threading

from config.settings import settings
from sandbox.twilio.pretend import PretendTwilio

INBOUND_PATH = "/api/webhooks/twilio/whatsapp"


def main() -> None:
    """Serve until SIGTERM or Ctrl-C; one clear line and exit status 1 when that cannot be."""
    found = settings()
    if not found.sandbox:
        sys.exit("The sandbox does not start beside a real account: unset TWILIO_ACCOUNT_SID.")
    try:
        twilio = PretendTwilio(
            account_sid=found.twilio_account_sid,
            auth_token=found.twilio_auth_token,
            number=found.twilio_whatsapp_number,
            inbound_url=found.public_base_url + INBOUND_PATH,
            port=found.sandbox_port,
        )
    except OSError as error:
        sys.exit(f"The sandbox cannot listen on 127.0.0.1:{found.sandbox_port} (SANDBOX_PORT): {error.strerror}.")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with twilio:
        print(f"The pretend Twilio listens on {twilio.base_url}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
