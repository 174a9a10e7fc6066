"""Phone numbers and WhatsApp user ids: one person has one key, in whichever form the number is written.

WhatsApp writes some people's numbers in another form than the one that is dialled (`OTHER_FORMS`), and people who hide
their number have only a user id ("NG.13491208655302"). The key is the number that is dialled, else the id.
"""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

CHANNEL = "whatsapp:"
_LONGEST = 40  # characters: a number of 15 digits, generously punctuated, and the channel
_WRITTEN = re.compile(r"\+?[\d\s().\-/‐‑‒–—]+")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
#: Source: Twilio's documentation of ExternalUserId; "ENT" marks the id for a group of businesses (the parent id).
_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")


class PhoneError(ValueError):
    """This text is not a possible phone number."""


@dataclass(frozen=True)
class OtherForm:
    """Another form of the numbers of a country. `pieces` and the groups of `pattern`, in turn, make the key."""

    country: str
    pattern: re.Pattern[str]
    pieces: tuple[str, ...]


def _row(country: str, pattern: str, *pieces: str) -> OtherForm:
    return OtherForm(country, re.compile(pattern), pieces)


#: The numbers that WhatsApp or an older numbering plan write in another form. No pattern matches a number that
#: somebody else can have, and no key matches a pattern.
#: - Mexico: mobiles had a 1 behind +52 until 2019-08-03 (IFT); WhatsApp and Twilio write +521. No area code begins
#:   with 1. Source: Twilio's webhooks (chatwoot pull request 14174), green-api.com, "features of ... countries".
#: - Argentina: mobiles are called from abroad with a 9 behind +54; WhatsApp writes +549, and address books often leave
#:   it out. Ten digits with the area code are one line with or without it (PFNN). Source: green-api.com, whapi.cloud.
#: - Brazil: mobiles got a ninth digit, 9, before eight digits that begin with 6 to 9 (ANATEL, 2012 to 2016). WhatsApp
#:   leaves it out in most area codes (not in 11 to 28), and for old accounts anywhere. Landlines begin with 2 to 5 and
#:   have eight digits, so a mobile 9 2xxx-xxxx has no short form. Source: Gupshup's and Zoho's help pages.
#: - Ivory Coast: mobiles got 01, 05 or 07 on 2021-01-31, by the second of their eight digits (ARTCI); accounts from
#:   before then keep eight digits. Source: whapi.cloud ("+225 05 45123456"), waha issue 1894.
#: - Benin: all numbers got 01 on 2024-11-30 (ARCEP Benin); accounts from before then keep eight digits.
OTHER_FORMS = (
    _row("MX", r"^\+521([2-9][0-9]{9})$", "+52"),
    _row("AR", r"^\+54([1-3][0-9]{9})$", "+549"),
    _row("BR", r"^\+55([1-9][1-9])([6-9][0-9]{7})$", "+55", "9"),
    _row("CI", r"^\+225([04-9][0-3][0-9]{6})$", "+22501"),
    _row("CI", r"^\+225([04-9][4-6][0-9]{6})$", "+22505"),
    _row("CI", r"^\+225([04-9][7-9][0-9]{6})$", "+22507"),
    _row("BJ", r"^\+229([2-9][0-9]{7})$", "+22901"),
)


def key_of(number: str) -> str:
    """Return the key of the person with this number in international form, whichever form it has."""
    for form in OTHER_FORMS:
        if found := form.pattern.match(number):
            return "".join(piece + group for piece, group in zip(form.pieces, found.groups(), strict=True))
    return number


def canonical(text: str, region: str) -> str:
    """Return the key of a number as E.164 ("+2348031234567"). One without a country code is read in `region` ("NG").

    A number outside of the known numbering plans is accepted if it is as long as mobile numbers there: our copy of the
    plans may be old, and refusing a real agent is worse than a message that Twilio refuses. A leading blank before a
    country code is a plus that a query string lost. Raises PhoneError.
    """
    return key_of(as_written(text, region))


def as_written(text: str, region: str) -> str:
    """Return a number as E.164 in the form in which it is written ("+5215512340102"). Raises PhoneError."""
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
            return found
    raise PhoneError("Not a valid phone number")


def _possible(number: str, region: str) -> str | None:
    """Return a possible number as E.164. The numbering plans know only the form that is dialled."""
    try:
        found = phonenumbers.parse(number, region)
        e164 = phonenumbers.format_number(found, PhoneNumberFormat.E164)
        dialled = phonenumbers.parse(key_of(e164), None)
    except NumberParseException:
        return None
    return e164 if _is_possible(dialled) else None


def _is_possible(found: PhoneNumber) -> bool:
    if phonenumbers.is_valid_number(found):
        return True
    # A zero left in front of a national number is a trunk prefix with a digit missing behind it.
    length = phonenumbers.is_possible_number_for_type_with_reason(found, PhoneNumberType.MOBILE)
    return bool(length == ValidationResult.IS_POSSIBLE and not found.italian_leading_zero)


def is_user_id(text: str) -> bool:
    """Return whether a text is a WhatsApp user id ("NG.13491208655302")."""
    return bool(_USER_ID.fullmatch(text))


def is_parent_id(user_id: str) -> bool:
    """Return whether a user id is the one for a group of businesses ("NG.ENT.13491208655302")."""
    return user_id[2:].startswith(".ENT.")


def from_address(address: str) -> str:
    """Return the number or the user id in a WhatsApp address as it is: a person who writes to us exists.

    Raises PhoneError.
    """
    written = address.removeprefix(CHANNEL)
    if written == address or not (_NUMBER.fullmatch(written) or is_user_id(written)):
        raise PhoneError("This is no address of a person on WhatsApp")
    return written


def written_in(address: str) -> str | None:
    """Return the number or the user id in a form's field, with or without a channel. Return None if it has none."""
    written = address.removeprefix(CHANNEL)
    return written if _NUMBER.fullmatch(written) or is_user_id(written) else None


def to_address(written: str) -> str:
    """Return the WhatsApp address of a number in international form, or of a user id."""
    return CHANNEL + written


def shown(key: str | None) -> str | None:
    """Return the number of a person. Return None if only their user id is known."""
    return None if key is None or is_user_id(key) else key
