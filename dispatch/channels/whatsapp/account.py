"""Our account at Twilio: one client of Twilio's SDK for each process."""

import functools

from twilio.rest import Client

from config.queues import SEND_THREADS
from config.settings import settings
from dispatch.channels.whatsapp.transport import Transport

#: Seconds to connect and to read. After a read time-out it is unknown whether Twilio accepted the message.
TIMEOUT = (3.05, 10)


@functools.cache
def twilio() -> Client:
    """Return this process's client. The first use, after fork, creates the client."""
    base_url = settings().twilio.api_base_url
    transport = Transport(base_url or "https://api.twilio.com", TIMEOUT, SEND_THREADS)
    client = Client(settings().twilio.account_sid, settings().twilio.auth_token, http_client=transport)
    if base_url:
        client.api.base_url = client.content.base_url = base_url
    return client
