"""Telephone numbers as people and machines write them."""

import time

import pytest

from dispatch.rules import phones
from dispatch.rules.phones import PhoneError
from tests.tables import each_row


@each_row(
    ("text", "region", "number"),
    [
        pytest.param("+2348012345678", "NG", "+2348012345678", id="canonical"),
        pytest.param("08031234567", "NG", "+2348031234567", id="national"),
        pytest.param("0803 123-4567", "NG", "+2348031234567", id="punctuated"),
        pytest.param("2348031234567", "NG", "+2348031234567", id="own country code, no plus"),
        pytest.param("+234 (0)803 123 4567", "NG", "+2348031234567", id="country code and trunk zero"),
        pytest.param("002348031234567", "NG", "+2348031234567", id="double zero for plus"),
        pytest.param(" 2348031234567", "NG", "+2348031234567", id="a plus lost to a blank"),
        pytest.param(" 447911123456", "NG", "+447911123456", id="a foreign plus lost to a blank"),
        pytest.param(" 08031234567 ", "NG", "+2348031234567", id="blanks around a national number"),
        pytest.param(" 8031234567", "NG", "+2348031234567", id="a blank before a number without zero"),
        pytest.param("whatsapp:+2348031234567", "NG", "+2348031234567", id="WhatsApp address"),
        pytest.param("WhatsApp: 2348031234567", "NG", "+2348031234567", id="address with a lost plus"),
        pytest.param("\u202a+234 803 123 4567\u202c", "NG", "+2348031234567", id="copied from a contact"),
        pytest.param("0803\u2011123\u20114567", "NG", "+2348031234567", id="hard hyphens"),
        pytest.param("+44 7911 123456", "NG", "+447911123456", id="from abroad"),
        pytest.param("07911 123456", "GB", "+447911123456", id="another region"),
        pytest.param("+15552221111", "NG", "+15552221111", id="possible, though in no numbering plan"),
        pytest.param("+556281234567", "NG", "+556281234567", id="Brazil without its ninth digit"),
        pytest.param("+390612345678", "NG", "+390612345678", id="Italy keeps its zero"),
    ],
)
def test_every_spelling_of_a_number_becomes_the_same_number(text, region, number):
    assert phones.canonical(text, region) == number
    assert phones.canonical(number, "US") == number


@each_row(
    "text",
    [
        *(
            "",
            " ",
            "+",
            "whatsapp:",
            "12345",
            "0803",
            "+234801234567",
            "0803123456",
            "+2340000000000",
        ),
        *(
            "+23480123456789012",
            "+999123456789",
            "+0123456789",
            "abc",
            "0803-CALL-ME",
            "08031234567 ext 5",
        ),
        *(
            "08031234567;ext=5",
            "tel:+2348031234567",
            "0803 123 4567 / 0805 123 4567",
            "+234803123\x004567",
        ),
        *(
            "whatsapp:BR.1A2B3C4D",
            "++2348031234567",
            "{phone}",
            "😀",
        ),
    ],
)
def test_impossible_number_is_refused(text):
    with pytest.raises(PhoneError):
        phones.canonical(text, "NG")


@each_row("text", ["1" * 5_000_000, "+" + "9" * 5_000_000, " " * 5_000_000, "whatsapp:" * 500_000])
def test_huge_number_is_refused_fast(text):
    began = time.process_time()
    with pytest.raises(PhoneError):
        phones.canonical(text, "NG")
    assert time.process_time() - began < 0.05


@each_row(
    ("address", "is_phone"),
    [
        pytest.param("whatsapp:+2348031234567", True, id="telephone"),
        pytest.param("whatsapp:BR.1A2B3C", False, id="user id"),
        pytest.param("whatsapp:BR.ENT.1A2B3C", False, id="parent's user id"),
        pytest.param("+2348031234567", False, id="no channel"),
        pytest.param("whatsapp:+", False, id="nothing"),
        pytest.param("whatsapp:+2348031234567\n", False, id="a newline behind"),
        pytest.param("", False, id="empty"),
    ],
)
def test_only_a_whatsapp_address_with_a_number_is_a_phone(address, is_phone):
    assert phones.is_phone_address(address) is is_phone
    if is_phone:
        assert phones.to_address(phones.from_address(address)) == address
    else:
        with pytest.raises(PhoneError):
            phones.from_address(address)
