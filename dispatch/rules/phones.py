"""Phone numbers and WhatsApp user ids: one person has one key, in whichever form the number is written.

WhatsApp writes some people's numbers in another form than the one that is dialled (`OTHER_FORMS`), and people who hide
their number have only a user id ("NG.13491208655302"). The key is the number that is dialled, else the id.
"""

import re
import unicodedata
from collections.abc import Iterable

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


class OtherForm:
    """Another form of the numbers of a country: templates of form and key, and patterns of the digits in both."""

    def __init__(self, country: str, form: str, key: str, *digits: str) -> None:
        groups = [f"({each})" for each in digits]
        self.country, self.form, self.key = country, form, key
        self.form_pattern, self.key_pattern = (
            re.compile(each.replace("+", r"\+").format(*groups)) for each in (form, key)
        )

    def key_of(self, number: str) -> str | None:
        """Return the key of a number in this form. Return None if it has another form."""
        found = self.form_pattern.fullmatch(number)
        return self.key.format(*found.groups()) if found else None

    def form_of(self, key: str) -> str | None:
        """Return the number with this key in this form. Return None if it has no such form."""
        found = self.key_pattern.fullmatch(key)
        return self.form.format(*found.groups()) if found else None


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
    OtherForm("MX", "+521{}", "+52{}", "[2-9][0-9]{9}"),
    OtherForm("AR", "+54{}", "+549{}", "[1-3][0-9]{9}"),
    OtherForm("BR", "+55{}{}", "+55{}9{}", "[1-9][1-9]", "[6-9][0-9]{7}"),
    OtherForm("CI", "+225{}", "+22501{}", "[04-9][0-3][0-9]{6}"),
    OtherForm("CI", "+225{}", "+22505{}", "[04-9][4-6][0-9]{6}"),
    OtherForm("CI", "+225{}", "+22507{}", "[04-9][7-9][0-9]{6}"),
    OtherForm("BJ", "+229{}", "+22901{}", "[2-9][0-9]{7}"),
)


def key_of(number: str) -> str:
    """Return the key of the person with this number in international form, whichever form it has."""
    return next((key for row in OTHER_FORMS if (key := row.key_of(number))), number)


def forms_of(key: str) -> list[str]:
    """Return all forms of a person's number, the key first. Version 0.2.0 stored any of them."""
    return [key, *(form for row in OTHER_FORMS if (form := row.form_of(key)))]


def keys_by_form(keys: Iterable[str]) -> dict[str, str]:
    """Return these people's keys by each form of their numbers."""
    return {form: key for key in keys for form in forms_of(key)}


class PostedNumber(str):
    """The key of a number. `written` is the form in which the number was posted ("+5215512340102")."""

    written: str

    @classmethod
    def of(cls, written: str) -> "PostedNumber":
        """Return the key of a number in international form."""
        number = cls(key_of(written))
        number.written = written
        return number


def canonical(text: str, region: str) -> PostedNumber:
    """Return the key of a number as E.164 ("+2348031234567"). One without a country code is read in `region` ("NG").

    A number outside of the known numbering plans is accepted if it is as long as mobile numbers there: our copy of the
    plans may be old, and refusing a real agent is worse than a message that Twilio refuses. A leading blank before a
    country code is a plus that a query string lost. Raises PhoneError.
    """
    return PostedNumber.of(as_written(text, region))


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


def is_address(text: str) -> bool:
    """Return whether a text is the WhatsApp address of a person ("whatsapp:+234…", "whatsapp:NG.1349…")."""
    written = text.removeprefix(CHANNEL)
    return written != text and written_in(text) is not None


def country(phone: str) -> str | None:
    """Return the country of a person's number or WhatsApp user id ("NG"). Return None if it is unknown."""
    if is_user_id(phone):
        return phone[:2]
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except NumberParseException:
        return None


def among(address: str, numbers: Iterable[str]) -> str | None:
    """Return the number among these that a WhatsApp address has, in any form. Return None if it has another number."""
    key = key_of(address.removeprefix(CHANNEL)) if is_address(address) else None
    return next((number for number in numbers if key_of(number) == key), None)


def from_address(address: str) -> str:
    """Return the number or the user id in a WhatsApp address as it is: a person who writes to us exists.

    Raises PhoneError.
    """
    if not is_address(address):
        raise PhoneError("This is no address of a person on WhatsApp")
    return address.removeprefix(CHANNEL)


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
