"""Which of our numbers writes to a person."""

from collections import Counter

from dispatch.rules.outbox.senders import sender_for

OURS = ["+14155230001", "+14155230002", "+14155230003"]
PEOPLE = [f"+23480300{n:05}" for n in range(3000)]


def test_person_is_always_written_to_from_the_same_sender():
    assert [sender_for(phone, OURS) for phone in PEOPLE] == [sender_for(phone, OURS[::-1]) for phone in PEOPLE]


def test_people_are_spread_evenly_over_the_senders():
    shares = Counter(sender_for(phone, OURS) for phone in PEOPLE)
    assert all(900 < shares[sender] < 1100 for sender in OURS)


def test_additional_sender_moves_only_its_share_of_people():
    before = {phone: sender_for(phone, OURS[:2]) for phone in PEOPLE}
    after = {phone: sender_for(phone, OURS) for phone in PEOPLE}
    assert {after[phone] for phone in PEOPLE if after[phone] != before[phone]} == {OURS[2]}


def test_sender_that_a_person_wrote_to_answers_if_still_configured():
    phone = next(phone for phone in PEOPLE if sender_for(phone, OURS) != OURS[1])
    assert sender_for(phone, OURS, OURS[1]) == OURS[1]
    assert sender_for(phone, OURS[:1], OURS[1]) == OURS[0]
