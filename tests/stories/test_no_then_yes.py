"""NO, then YES: while the job is open and nobody has it, the YES counts."""

import pytest

from dispatch.models import Message
from tests.office import Office
from tests.stories.desk import StoryDesk
from tests.stories.people import Person
from tests.stories.ways import approved, assigned, pending


@pytest.mark.parametrize("text", ["YES", "Yes please!", "yes {code}"])
def test_yes_after_no_takes_the_job(desk: StoryDesk, ada: Person, bisi: Person, text: str) -> None:
    job = pending(desk, ada)
    assert desk.says(ada, "NO") == ["declined"]
    assert desk.says(ada, text.format(code=job["code"])) == ["assigned"]
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.news(bisi) == ["taken"]


@pytest.mark.parametrize("how", ["quote", "button"])
def test_yes_to_the_offer_after_no_takes_the_job(desk: StoryDesk, ada: Person, how: str) -> None:
    job, other = pending(desk, ada), pending(desk, ada, "3d")
    desk.says(ada, f"NO {job['code']}")
    offer = desk.message(ada, job, "offer")
    said = {"quoting": offer.twilio_sid} if how == "quote" else {"tapping": f"yes:{job['id']}.1.1.{offer.offer}"}
    assert desk.says(ada, "yes", **said) == ["assigned"]
    assert [desk.stands(each)[0] for each in (job, other)] == ["assigned", "pending"]


def test_no_and_yes_in_one_breath_is_a_yes(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "no")
        desk.says(ada, "yes")
    assert desk.news(ada)[-1] == "assigned"
    assert desk.stands(job) == ("assigned", ada.phone)


@pytest.mark.parametrize(("said", "last"), [("yes no yes", "assigned"), ("yes no yes no", "pending")])
def test_last_word_of_a_breath_counts(desk: StoryDesk, ada: Person, said: str, last: str) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        for text in said.split():
            desk.says(ada, text)
    assert desk.stands(job)[0] == last
    assert desk.news(ada)


def test_no_and_ok_in_one_breath_is_a_no(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    with desk.at_once():
        desk.says(ada, "no")
        desk.says(ada, "ok")
    assert desk.stands(job) == ("pending", None)
    assert "declined" in desk.news(ada)


def test_yes_of_the_last_who_declined_ends_the_attention(
    desk: StoryDesk, ada: Person, bisi: Person, office: Office
) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    desk.says(bisi, "NO")
    assert desk.attention(job) == "no_agent"
    assert desk.says(bisi, "yes") == ["assigned"]
    assert desk.attention(job) is None
    assert desk.says(ada, f"yes {job['code']}") == ["taken"]


def test_first_yes_after_two_noes_gets_the_job(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    desk.says(bisi, "NO")
    with desk.at_once():
        desk.says(bisi, "yes")
        desk.says(ada, "yes")
    assert desk.stands(job) == ("assigned", bisi.phone)
    assert (desk.news(bisi), desk.news(ada)) == (["assigned"], ["taken"])


def test_yes_after_no_to_a_held_job_counts_although_it_is_offered_to_all(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    first = approved(desk, ada)
    job = pending(desk, ada, "4d", client__client_id=first["client_details"]["client_id"])
    desk.says(ada, f"NO {job['code']}")
    assert desk.offers(job) == {(1, ada.phone): "declined", (1, bisi.phone): "open"}
    desk.says(ada, f"yes {job['code']}")
    assert desk.stands(job) == ("assigned", ada.phone)
    assert desk.news(bisi)[-1] == "taken"


def test_yes_after_no_is_answered_when_another_agent_has_the_job(desk: StoryDesk, ada: Person, bisi: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    desk.says(bisi, "yes")
    assert desk.says(ada, "yes") == ["taken"]
    assert desk.says(ada, f"NO {job['code']}") == ["explain_declined"]
    assert desk.stands(job) == ("assigned", bisi.phone)


@pytest.mark.parametrize("what", ["cancel", "expiry"])
def test_yes_after_no_is_answered_when_the_job_has_ended(desk: StoryDesk, ada: Person, what: str) -> None:
    job = pending(desk, ada, "3h")
    desk.says(ada, "NO")
    if what == "cancel":
        desk.does("cancel", job)
    else:
        desk.wait_for(job, "expiry")
    assert desk.news(ada) == []
    assert desk.says(ada, f"yes {job['code']}") == ["gone"]


def test_second_no_is_answered_that_the_job_is_open(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    assert desk.says(ada, f"NO {job['code']}") == ["explain_declined_open"]
    assert f"YES {job['code']}" in desk.last(ada)
    assert desk.stands(job) == ("pending", None)


def test_yes_to_the_news_that_another_job_is_taken_takes_no_refusal_back(
    desk: StoryDesk, ada: Person, bisi: Person
) -> None:
    declined, taken = pending(desk, ada), pending(desk, ada, "3d")
    desk.says(ada, f"NO {declined['code']}")
    desk.says(bisi, f"YES {taken['code']}")
    assert desk.news(ada) == ["taken"]
    assert desk.says(ada, "yes") == ["taken"]
    assert desk.stands(declined) == ("pending", None)


def test_agent_who_is_suspended_after_a_no_can_not_take_it_back(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    desk.changes(ada, status="suspended")
    desk.says(ada, "yes")
    assert desk.stands(job) == ("pending", None)


def test_yes_after_no_counts_once_although_twilio_repeats_it(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada)
    desk.says(ada, "NO")
    desk.says(ada, "yes")
    yes = Message.objects(phone=ada.phone, text="yes").get()
    desk.says(ada, f"RELEASE {job['code']}")
    desk.twilio.say(ada.phone, "yes", sid=yes.twilio_sid)
    desk.work()
    assert desk.stands(job) == ("pending", None)
    assert desk.timeline(job).count("assigned") == 1


def test_yes_of_the_agent_who_released_a_job_does_not_count(desk: StoryDesk, ada: Person) -> None:
    job = assigned(desk, ada)
    desk.says(ada, "RELEASE")
    assert desk.says(ada, f"yes {job['code']}") == ["released"]
    assert desk.stands(job) == ("pending", None)
