"""Signed forms: one signature is one message, and an unsigned form costs nearly nothing."""

import io
import time
from typing import Any

import pytest

from dispatch.channels.whatsapp import signature
from dispatch.models import Message
from dispatch.webhooks.signed import LARGEST, MOST_FIELDS
from tests.builders import an_inbound_form, signed
from tests.tables import each_row

PATH = "/api/webhooks/twilio/whatsapp"
OWN, OTHER = "SM" + "a" * 31 + "b", "SM" + "c" * 32
SIDS = {"MessageSid": OWN, "SmsSid": OWN, "SmsMessageSid": OWN}
SHAPED = "A" * 27 + "="
TYPE = "application/x-www-form-urlencoded"


def cut(form: dict[str, str], *names: str) -> list[tuple[str, str]]:
    """Cut a form's joined text at these names, each at its first place after the one before."""
    rest, places, at = signature.joined(form.items()), [], 0
    for name in names:
        at = rest.index(name, at)
        places.append(at)
        at += len(name)
    ends = [*places[1:], len(rest)]
    return [(name, rest[at + len(name) : end]) for name, at, end in zip(names, places, ends, strict=True)]


def recut(body: str, quoted: str | None, *names: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return a form, and what somebody makes of it who cuts it at these names."""
    form = an_inbound_form(Body=body, **SIDS) | ({"OriginalRepliedMessageSid": quoted} if quoted else {})
    return form, cut(form, *names)


@each_row(
    ("form", "sent"),
    [
        pytest.param(
            *recut("Yes", None, "AccountSid", "ApiVersion", "Body", "From", "MessageSid", "bMessageType"),
            id="a shortened SID, the rest as a field's name",
        ),
        pytest.param(
            *recut("Yes", OTHER, "AccountSid", "Body", "From", "MessageSi", "MessageSid", "ProfileName"),
            id="the SID of the quoted message",
        ),
        pytest.param(
            *recut("Yes", OTHER, "AccountSid", "Body", "From", "MessageSi", "MessageSid", "SmsSid", "To"),
            id="the SID of the quoted message beside our own SmsSid",
        ),
        pytest.param(
            *recut(
                f"YesFromwhatsapp:+2348030000001MessageSid{OTHER}SmsSid{OTHER}Towhatsapp:+14155238886",
                None,
                *("AccountSid", "ApiVersion", "Body", "From", "MessageSid", "SmsSid", "To"),
            ),
            id="a whole form within the text that a person wrote",
        ),
    ],
)
def test_signed_form_that_is_cut_elsewhere_is_refused(anybody: Any, form: dict[str, str], sent: Any) -> None:
    assert signature.joined(sent) == signature.joined(form.items())
    answer = anybody.post(PATH, data=dict(sent), headers=signed(PATH, form))
    assert (answer.status_code, answer.json["errors"].keys()) == (422, {"MessageSid"})
    assert Message.objects.count() == 0


def test_message_that_names_other_messages_is_saved(anybody: Any) -> None:
    """Twilio adds fields without notice: another field may have a SID, too."""
    form = an_inbound_form(OriginalRepliedMessageSid=OTHER, EditedMessageSid=OTHER, **SIDS)
    assert anybody.post(PATH, data=form, headers=signed(PATH, form)).status_code == 204
    assert Message.objects.get().twilio_sid == OWN


@each_row(
    ("changes", "field"),
    [
        pytest.param({"MessageSid": OWN.upper()}, "MessageSid", id="upper case"),
        pytest.param({"MessageSid": OWN[:-1]}, "MessageSid", id="too short"),
        pytest.param({"MessageSid": OWN + "a"}, "MessageSid", id="too long"),
        pytest.param({"MessageSid": OWN + "\n"}, "MessageSid", id="a line feed at the end"),
        pytest.param({"MessageSid": "AC" + "a" * 32}, "MessageSid", id="an account's SID"),
        pytest.param({"MessageSid": "SM" + "a" * 31 + "١"}, "MessageSid", id="a digit of another script"),
        pytest.param({"SmsSid": OTHER}, "MessageSid", id="two SIDs"),
        pytest.param({"$where": "1"}, "names", id="a name with a sign"),
        pytest.param({"": "1"}, "names", id="a name without letters"),
        pytest.param({"é": "1"}, "names", id="a name that is not ASCII"),
        pytest.param({"x" * 65: "1"}, "names", id="a name of 65 letters"),
    ],
)
def test_names_and_sids_that_twilio_does_not_use_are_refused(anybody: Any, changes: dict[str, str], field: str) -> None:
    form = an_inbound_form(**SIDS) | changes
    answer = anybody.post(PATH, data=form, headers=signed(PATH, form))
    assert (answer.status_code, answer.json["errors"].keys()) == (422, {field})
    assert Message.objects.count() == 0


class Unread(io.BytesIO):
    """A body that must not be read."""

    def read(self, *args: Any) -> bytes:
        """Fail."""
        raise AssertionError("the body was read")

    readinto = readall = read  # type: ignore[assignment]


@each_row(
    ("status", "content_type", "header", "length"),
    [
        pytest.param(403, TYPE, "", 5000, id="no signature"),
        pytest.param(403, TYPE, "x" * 28, 5000, id="no Base64"),
        pytest.param(403, TYPE, "A" * 43 + "=", 5000, id="a signature that is too long"),
        pytest.param(403, "application/json", SHAPED, 5000, id="JSON"),
        pytest.param(413, TYPE, SHAPED, LARGEST + 1, id="too large"),
    ],
)
def test_body_is_not_read_when_the_headers_are_wrong(
    anybody: Any, status: int, content_type: str, header: str, length: int
) -> None:
    answer = anybody.post(
        PATH,
        input_stream=Unread(),
        content_type=content_type,
        headers={"X-Twilio-Signature": header},
        environ_overrides={"CONTENT_LENGTH": str(length)},
    )
    assert answer.status_code == status


@each_row(
    ("status", "body"),
    [
        pytest.param(413, "&" * (LARGEST - 1), id="separators only"),
        pytest.param(413, "&".join(f"f{n}=1" for n in range(MOST_FIELDS + 1)), id="one field too many"),
        pytest.param(403, "&".join(f"f{n}={'%C3%A9' * 100}" for n in range(MOST_FIELDS)), id="as many as possible"),
        pytest.param(403, "Body=" + "%41" * (LARGEST // 3 - 2), id="one long field"),
    ],
)
def test_form_with_a_made_up_signature_costs_little(anybody: Any, status: int, body: str) -> None:
    began = time.process_time()
    assert (
        anybody.post(PATH, data=body, content_type=TYPE, headers={"X-Twilio-Signature": SHAPED}).status_code == status
    )
    assert time.process_time() - began < 0.1
