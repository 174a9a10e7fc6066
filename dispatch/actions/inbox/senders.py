"""Senders: whose message an inbound form is, by number, by user id, or by the message of ours that it answers."""

from pymongo.errors import DuplicateKeyError

from config.settings import settings
from dispatch.actions.people import addresses
from dispatch.models import Agent, Contact, Message, Offer
from dispatch.models.base.record import utc_now
from dispatch.rules import phones
from dispatch.rules.inbox import buttons

#: Fields of Twilio's form that say who wrote, and in answer to what.
FIELDS = (
    *("From", "ExternalUserId", "ParentExternalUserId", "WaId"),
    *("OriginalRepliedMessageSid", "OriginalRepliedMessageSender", "Forwarded", "FrequentlyForwarded"),
)


def key_of(form: dict[str, str]) -> str | None:
    """Return the key of the person who wrote a form. Return None if its sender is nobody on WhatsApp.

    A number is a key by itself. A user id that nobody has, in answer to a message of ours, is that of the person to
    whom the message was sent, and this is saved.
    """
    try:
        written = phones.from_address(form.get("From", ""))
    except phones.PhoneError:
        return None
    if not phones.is_user_id(written):
        return phones.key_of(written)
    ids = _ids(form, written)
    user_id = ids["user_id"] or written
    if known := Contact.of_ids(user_id, ids["parent_id"]):
        return known.phone
    if answered := _recipient_of_the_answered(form):
        addresses.link(user_id, answered, utc_now())
        return answered
    return user_id


def _recipient_of_the_answered(form: dict[str, str]) -> str | None:
    """Return the key of the person to whom the message that a form answers was sent. Return None if it answers none.

    Twilio signs the form, so only WhatsApp can name the message, and it names one of the same chat. A forwarded message
    and the quote of a message that a person wrote are no proof: such a message may come from another chat.
    """
    if "true" in (form.get("Forwarded", "").lower(), form.get("FrequentlyForwarded", "").lower()):
        return None
    ours, wrote = form.get("To", ""), form.get("OriginalRepliedMessageSender")
    if wrote and wrote != ours:
        return None
    if sid := form.get("OriginalRepliedMessageSid"):
        quoted = Message.by_sid(sid)
        return quoted.phone if quoted and quoted.direction == "outbound" else None
    offer = Offer.get(buttons.offer_in(form.get("ButtonPayload")))
    agent = Agent.get(offer.agent) if offer else None
    return agent.phone if agent and agent.present else None


def note(message: Message) -> Message:
    """Save when a person wrote, and the addresses in the form. Return the message with the person's present key.

    A user id may have been linked to a number since the message arrived.
    """
    message = _with_present_key(message)
    written = phones.written_in(message.form.get("From", "")) or message.phone
    known = _ids(message.form, written)
    to = message.form.get("To") or ""
    sender = phones.among(to, settings().twilio.whatsapp_numbers) or to.removeprefix(phones.CHANNEL)
    try:
        Contact.record_message(message.phone, message.received_at, sender, address=written, **known)
    except DuplicateKeyError:  # somebody else has the id, or another process has just made the contact
        if user_id := known["user_id"]:
            addresses.take_over(message.phone, user_id)
        Contact.record_message(message.phone, message.received_at, sender, address=written, **known)
    return message


def _ids(form: dict[str, str], written: str) -> dict[str, str | None]:
    given = [phones.written_in(form.get(name, "")) for name in ("ExternalUserId", "ParentExternalUserId")]
    ids = [each for each in (*given, written) if each and phones.is_user_id(each)]
    return {
        "user_id": next((each for each in ids if not phones.is_parent_id(each)), None),
        "parent_id": next((each for each in ids if phones.is_parent_id(each)), None),
        "wa_id": form.get("WaId"),
    }


def _with_present_key(message: Message) -> Message:
    key = addresses.key_of(message.phone.removeprefix(phones.CHANNEL))
    if key == message.phone:
        return message
    Message.set_phone(message.phone, key)
    return Message.find_first({"_id": message.id}) or message
