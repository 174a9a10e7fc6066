"""Telephone numbers as people and machines write them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        pytest.param("+556281234567", "NG", "+5562981234567", id="Brazil without its ninth digit"),
        pytest.param("62 8123-4567", "BR", "+5562981234567", id="Brazil, national, without its ninth digit"),
        pytest.param("+5215512340102", "NG", "+525512340102", id="Mexico as WhatsApp writes it"),
        pytest.param("+52 1 55 1234 0102", "NG", "+525512340102", id="Mexico as WhatsApp writes it, punctuated"),
        pytest.param("+54 11 5874-9895", "NG", "+5491158749895", id="Argentina without its 9"),
        pytest.param("011 15 5874-9895", "AR", "+5491158749895", id="Argentina, national, with 15"),
        pytest.param("+22545123456", "NG", "+2250545123456", id="Ivory Coast before 2021"),
        pytest.param("+22997123456", "NG", "+2290197123456", id="Benin before 2024"),
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
    ("address", "known"),
    [
        pytest.param("whatsapp:+2348031234567", True, id="telephone"),
        pytest.param("whatsapp:BR.1A2B3C", True, id="user id"),
        pytest.param("whatsapp:BR.ENT.1A2B3C", True, id="parent's user id"),
        pytest.param("whatsapp:BR." + "1" * 129, False, id="user id that is too long"),
        pytest.param("whatsapp:br.1A2B3C", False, id="country in lower case"),
        pytest.param("whatsapp:BR.1A2B3C\n", False, id="user id and a newline"),
        pytest.param("+2348031234567", False, id="no channel"),
        pytest.param("BR.1A2B3C", False, id="user id without a channel"),
        pytest.param("whatsapp:+", False, id="nothing"),
        pytest.param("whatsapp:+2348031234567\n", False, id="a newline behind"),
        pytest.param("", False, id="empty"),
    ],
)
def test_only_a_whatsapp_address_with_a_number_or_an_id_is_a_person(address, known):
    if known:
        assert phones.to_address(phones.from_address(address)) == address
    else:
        with pytest.raises(PhoneError):
            phones.from_address(address)


def forms(prefixes: list[str], subscriber: str) -> st.SearchStrategy[list[str]]:
    """Numbers of one person: each prefix, then the same further digits."""
    return st.from_regex(subscriber, fullmatch=True).map(lambda rest: [prefix + rest for prefix in prefixes])


_BRAZIL = st.tuples(st.from_regex("[1-9][1-9]", fullmatch=True), st.from_regex("[6-9][0-9]{7}", fullmatch=True)).map(
    lambda parts: [f"+55{parts[0]}9{parts[1]}", f"+55{parts[0]}{parts[1]}"]
)
#: The numbers of one person, the dialled one first.
ONE_PERSON = st.one_of(
    forms(["+52", "+521"], "[2-9][0-9]{9}"),
    forms(["+549", "+54"], "[1-3][0-9]{9}"),
    _BRAZIL,
    forms(["+22501", "+225"], "[04-9][0-3][0-9]{6}"),
    forms(["+22505", "+225"], "[04-9][4-6][0-9]{6}"),
    forms(["+22507", "+225"], "[04-9][7-9][0-9]{6}"),
    forms(["+22901", "+229"], "[2-9][0-9]{7}"),
)


@given(ONE_PERSON)
def test_each_form_of_a_number_has_the_key_that_is_dialled(numbers):
    assert {phones.key_of(number) for number in numbers} == {numbers[0]}


@given(st.from_regex(r"\+(52|54|55|225|229|234|1)[0-9]{7,11}", fullmatch=True))
def test_key_of_a_key_is_itself(number):
    assert phones.key_of(phones.key_of(number)) == phones.key_of(number)


@given(st.lists(ONE_PERSON, min_size=2, max_size=8, unique_by=lambda numbers: numbers[0]))
def test_different_people_have_different_keys(people):
    assert len({phones.key_of(number) for numbers in people for number in numbers}) == len(people)


@each_row(
    ("one", "other"),
    [
        pytest.param("+552132345678", "+5521932345678", id="Brazil: a landline and a mobile with a 9 before it"),
        pytest.param("+551151234567", "+5511951234567", id="Brazil: a landline of five and a mobile"),
        pytest.param("+2250547123456", "+22547123456", id="Ivory Coast: a new number of another operator"),
        pytest.param("+22527202345", "+2252127202345", id="Ivory Coast: landlines stay as they are"),
        pytest.param("+5255123401", "+52155123401", id="Mexico: too short"),
        pytest.param("+15512340102", "+525512340102", id="the same digits in two countries"),
    ],
)
def test_numbers_of_different_people_stay_apart(one, other):
    assert phones.key_of(one) != phones.key_of(other)


@given(st.sampled_from(["NG.13491208655302", "BR.ENT.1A", "MX." + "a" * 128]))
def test_user_id_is_never_a_number(user_id):
    assert phones.is_user_id(user_id)
    assert phones.shown(user_id) is None
    assert phones.is_parent_id(user_id) == (".ENT." in user_id)
    assert phones.key_of(user_id) == user_id
    with pytest.raises(PhoneError):
        phones.canonical(user_id, "NG")


@each_row(
    "text", ["NG.", "NG.1349-12", "N.13491208655302", "NG13491208655302", "NG.ENT.", "NG.1\n", "+2348031234567", ""]
)
def test_other_texts_are_no_user_ids(text):
    assert not phones.is_user_id(text)
