"""Canonical phone numbers: one person has one number, however it is written."""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

CHANNEL = "whatsapp:"
_LONGEST = 40  # characters: a number of 15 digits, generously punctuated, and the channel
_WRITTEN = re.compile(r"\+?[\d\s().\-/‐‑‒–—]+")
_ADDRESS = re.compile(r"whatsapp:\+[1-9][0-9]{6,14}")


class PhoneError(ValueError):
    """This text is not a possible phone number."""


def canonical(text: str, region: str) -> str:
    """Return a number as E.164 ("+2348031234567"). One without a country code is read in `region` ("NG").

    A number outside of the known numbering plans is accepted if it is as long as mobile numbers there: our copy of the
    plans may be old, and refusing a real agent is worse than a message that Twilio refuses. A leading blank before a
    country code is a plus that a query string lost. Raises PhoneError.
    """
    if len(text) > _LONGEST:
        raise PhoneError("Too long for a phone number")
    written = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    if written.lstrip().lower().startswith(CHANNEL):
        written = written.lstrip()[len(CHANNEL) :]
    number = written.strip()
    if not _WRITTEN.fullmatch(number):
        raise PhoneError("Not a phone number")
    guesses = [number]
    if number.startswith("00"):
        guesses = ["+" + number[2:], number]
    elif written != written.lstrip() and number[0] in "123456789":
        guesses = ["+" + number, number]
    for guess in guesses:
        if found := _possible(guess, region):
            return phonenumbers.format_number(found, PhoneNumberFormat.E164)
    raise PhoneError("Not a valid phone number")


def _possible(number: str, region: str) -> PhoneNumber | None:
    try:
        found = phonenumbers.parse(number, region)
    except NumberParseException:
        return None
    if phonenumbers.is_valid_number(found):
        return found
    # A zero left in front of a national number is a trunk prefix with a digit missing behind it.
    length = phonenumbers.is_possible_number_for_type_with_reason(found, PhoneNumberType.MOBILE)
    return found if length == ValidationResult.IS_POSSIBLE and not found.italian_leading_zero else None


def is_phone_address(address: str) -> bool:
    """Return whether a WhatsApp address has a number ("whatsapp:+234…"), not a user id ("whatsapp:BR.1A…")."""
    return bool(_ADDRESS.fullmatch(address))


def from_address(address: str) -> str:
    """Return the number in a WhatsApp address as it is: a person who writes to us exists. Raises PhoneError."""
    if not is_phone_address(address):
        raise PhoneError("This address is not a phone number")
    return address.removeprefix(CHANNEL)


def to_address(phone: str) -> str:
    """Return the WhatsApp address of a canonical number."""
    return CHANNEL + phone
