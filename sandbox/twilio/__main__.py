"""Runs the pretend Twilio as its own process: python -m sandbox.twilio."""

import os
import signal
import sys
import threading
from pathlib import Path
from urllib.parse import quote

from config.setting_groups import Settings
from config.settings import settings
from sandbox import greeting
from sandbox.phones.desk import Desk
from sandbox.phones.routes import pages
from sandbox.twilio import recording
from sandbox.twilio.pretend import PretendTwilio

INBOUND_PATH = "/api/webhooks/twilio/whatsapp"


def main() -> None:
    """Serve until SIGTERM or Ctrl-C. Exit with status 1 and one line if the server cannot start."""
    found = settings()
    if not found.sandbox.on:
        sys.exit("The sandbox does not start with a real Twilio account. Unset TWILIO_ACCOUNT_SID and set SANDBOX=1.")
    try:
        twilio = PretendTwilio(
            account_sid=found.twilio.account_sid,
            auth_token=found.twilio.auth_token,
            number=found.twilio.whatsapp_number,
            numbers=found.twilio.whatsapp_numbers[1:],
            inbound_url=found.web.public_base_url + INBOUND_PATH,
            port=found.sandbox.port,
            pages=[pages(_desk(found))],
        )
    except OSError as error:
        sys.exit(f"The sandbox cannot listen on 127.0.0.1:{found.sandbox.port} (SANDBOX_PORT): {error.strerror}.")
    if record_file := os.environ.get("SANDBOX_RECORD"):
        recording.record(twilio.app, Path(record_file))
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with twilio:
        print(f"The pretend Twilio listens on {twilio.base_url}", flush=True)
        ended.wait()


def _desk(found: Settings) -> Desk:
    user = f"{quote(login, safe=':')}@" if (login := os.environ.get("FLOWER_BASIC_AUTH")) else ""
    flower = f"http://{user}127.0.0.1:{found.operations.flower_port}"
    return Desk(greeting.api_url(found), found.web.api_key, found.stores.redis_url, flower, found.defaults.timezone)


if __name__ == "__main__":
    main()
