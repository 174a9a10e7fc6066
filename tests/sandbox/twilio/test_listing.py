"""Lists of messages with Twilio's SDK: filters, dates, pages."""

from datetime import datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from sandbox.twilio import PretendTwilio
from tests.sandbox.twilio.conftest import ACCOUNT_SID, ADA, BEN, SENDER, TOKEN, client_of

PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"


def test_list_filters_by_both_addresses_newest_first(twilio: PretendTwilio, client: Client) -> None:
    for phone, text in ((ADA, "one"), (BEN, "other"), (ADA, "two")):
        client.messages.create(to=f"whatsapp:{phone}", from_=SENDER, body=text)
    twilio.say(ADA, "yes")
    assert [m.body for m in client.messages.list(to=f"whatsapp:{ADA}", from_=SENDER, limit=20)] == ["two", "one"]
    assert [m.body for m in client.messages.list(from_=SENDER, limit=20)] == ["two", "other", "one"]
    inbound = client.messages.list(to=SENDER, limit=20)
    assert [(m.body, m.direction, m.status) for m in inbound] == [("yes", "inbound", "received")]
    assert client.messages.list(to=ADA, limit=20) == []


def test_list_by_date_contains_only_sent_messages(twilio: PretendTwilio, client: Client) -> None:
    sent = client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="sent")
    twilio.faults.set(ADA, "failed", code=63016)
    client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="never sent")
    twilio.wait_for_many(lambda message: message.status in ("read", "failed"), 2)
    moment = client.messages(sent.sid).fetch().date_sent
    assert moment is not None
    hour, day = timedelta(hours=1), timedelta(days=1)

    def bodies(**dates: datetime) -> list[str]:
        return [m.body for m in client.messages.list(to=f"whatsapp:{ADA}", limit=20, **dates)]

    assert bodies(date_sent_after=moment) == ["sent"]
    assert bodies(date_sent_after=moment + hour) == []
    assert bodies(date_sent_before=moment) == ["sent"]
    assert bodies(date_sent_before=moment - hour) == []
    assert bodies(date_sent=moment) == ["sent"]
    assert bodies(date_sent=moment - day) == []
    assert bodies() == ["never sent", "sent"]


def test_inbound_messages_are_listed_with_dates_and_paged(twilio: PretendTwilio, client: Client) -> None:
    sids = [twilio.say(ADA, f"yes {number}", payload="yes:1").sid for number in range(5)]
    client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="not from a person")
    moment = client.messages(sids[0]).fetch().date_sent
    assert moment is not None
    listed = list(client.messages.stream(to=SENDER, date_sent_after=moment, page_size=2))
    assert [(m.sid, m.from_, m.direction) for m in listed] == [
        (sid, f"whatsapp:{ADA}", "inbound") for sid in reversed(sids)
    ]
    assert not any("payload" in name.lower() or "quoted" in name.lower() for name in vars(listed[0]))
    assert list(client.messages.stream(to=SENDER, date_sent_after=moment + timedelta(hours=1))) == []


def test_pages_do_not_shift_while_messages_arrive(twilio: PretendTwilio, client: Client) -> None:
    for number in range(5):
        client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body=str(number))
    first = client.messages.page(to=f"whatsapp:{ADA}", page_size=2)
    assert [m.body for m in first] == ["4", "3"]
    client.messages.create(to=f"whatsapp:{ADA}", from_=SENDER, body="5")
    second = first.next_page()
    assert second is not None
    assert [m.body for m in second] == ["2", "1"]
    third = second.next_page()
    assert third is not None
    assert [m.body for m in third] == ["0"]
    assert third.next_page() is None
    for page, bodies in ((second, ["4", "3"]), (third, ["2", "1"])):
        before = page.previous_page()
        assert before is not None
        assert [m.body for m in before] == bodies
    assert [m.body for m in client.messages.list(page_size=2)] == ["5", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"PageSize": "1001"}, id="page too large"),
        pytest.param({"PageSize": "0"}, id="page size of zero"),
        pytest.param({"PageToken": "PASMnope"}, id="unknown token"),
        pytest.param({"DateSent>": "yesterday"}, id="not a date"),
    ],
)
def test_invalid_list_requests_are_refused(twilio: PretendTwilio, client: Client, query: dict[str, str]) -> None:
    url = f"{twilio.base_url}{PATH}.json"
    answer = requests.get(url, params=query, auth=(ACCOUNT_SID, TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_sdk_raises_a_bare_exception_for_a_failed_list(twilio: PretendTwilio) -> None:
    with pytest.raises(TwilioException) as refused:
        client_of(twilio, token="wrong").messages.list(limit=1)
    assert refused.value.args[1].status_code == 401
