"""Conversations: messages of agents, clients and strangers, their effects, and the replies."""

from datetime import timedelta

import pytest

from dispatch.actions.inbox import handling
from dispatch.models import Agent, Contact, Job, Message, Offer
from dispatch.models.base.record import utc_now
from sandbox.twilio import PretendTwilio
from tests.builders import a_phone, an_agent
from tests.talking import DirectTalk, status


@pytest.fixture
def talk(twilio: PretendTwilio) -> DirectTalk:
    """People who write, and empty stores."""
    return DirectTalk(twilio)


def test_agent_takes_confirms_begins_and_completes_a_job(talk: DirectTalk, ada: Agent, bisi: Agent) -> None:
    job = talk.offer(starts_in="90m")
    client = job.client_details["phone"]
    assert talk.say(ada, "Yes please 👍") == ["assigned"]
    assert "has gone to another agent" in talk.last(bisi)
    assert talk.say(ada, "ok") == ["approved"]
    assert ada.phone in talk.last(client)
    assert talk.say(ada, "I'm here") == ["began"]
    assert talk.say(ada, "all done, thanks") == ["completed_agent"]
    assert status(job) == ("completed", ada.id)
    assert "Thank you for your time" in talk.last(client)


def test_complete_without_begin_completes_an_approved_job(talk: DirectTalk, ada: Agent) -> None:
    job = talk.offer(starts_in="90m")
    for words in ("yes", "confirm", "complete"):
        talk.say(ada, words)
    assert status(job) == ("completed", ada.id)


@pytest.mark.parametrize("words", ["Begin", "START"])
def test_begin_and_start_both_begin_an_approved_visit(talk: DirectTalk, ada: Agent, words: str) -> None:
    job = talk.offer(starts_in="90m")
    for said in ("yes", "confirm", words):
        talk.say(ada, said)
    assert status(job) == ("in_progress", ada.id)


def test_repeated_word_changes_nothing(talk: DirectTalk, ada: Agent) -> None:
    job = talk.offer(starts_in="90m")
    assert talk.say(ada, "yes") == ["assigned"]
    assert talk.say(ada, "yes") == ["ask_back"]  # there is no offer, but a job awaits CONFIRM
    assert "CONFIRM" in talk.last(ada)
    assert talk.say(ada, "confirm") == ["approved"]
    assert talk.say(ada, "confirm") == ["explain_approved"]
    assert talk.say(ada, "done") == ["completed_agent"]
    assert talk.say(ada, "done") == ["explain_completed"]
    assert [event["name"] for event in Job.objects.get(pk=job.id).timeline] == [
        "opened",
        "assigned",
        "approved",
        "completed",
    ]


def test_webhook_posted_twice_is_one_message(talk: DirectTalk, ada: Agent) -> None:
    talk.offer()
    talk.say(ada, "blah blah", MessageSid="SM" + "1" * 32)
    again = talk.twilio.sent_to(ada.phone)
    talk.say(ada, "blah blah", MessageSid="SM" + "1" * 32)
    assert talk.twilio.sent_to(ada.phone) == again


def test_agent_who_declined_gets_no_news_of_the_job(talk: DirectTalk, ada: Agent, bisi: Agent) -> None:
    talk.offer()
    assert talk.say(ada, "no thanks") == ["declined"]
    talk.say(bisi, "yes")
    assert "passed on" in talk.last(ada)


def test_yes_with_several_offers_is_asked_back_and_a_code_decides(talk: DirectTalk, ada: Agent) -> None:
    first, second = talk.offer(), talk.offer(starts_in="3d")
    assert talk.say(ada, "yes") == ["ask_back"]
    assert first.code in talk.last(ada)
    assert second.code in talk.last(ada)
    assert talk.say(ada, f"yes {second.code.lower()}") == ["assigned"]
    assert (status(first)[0], status(second)[0]) == ("pending", "assigned")


def test_bare_code_answers_the_question_which_job(talk: DirectTalk, ada: Agent) -> None:
    talk.offer()
    second = talk.offer(starts_in="3d")
    talk.say(ada, "yes")
    assert talk.say(ada, second.code) == ["assigned"]
    assert status(second) == ("assigned", ada.id)


def test_quoted_message_decides_which_job(talk: DirectTalk, ada: Agent) -> None:
    first = talk.offer()
    talk.offer(starts_in="3d")
    talk.say(ada, "yes", OriginalRepliedMessageSid=talk.sid_of(ada, first))
    assert status(first) == ("assigned", ada.id)


def test_tapped_button_decides_which_job(talk: DirectTalk, ada: Agent) -> None:
    first = talk.offer()
    talk.offer(starts_in="3d")
    talk.say(ada, "Take it", ButtonText="Take it", ButtonPayload=f"yes:{first.id}")
    assert status(first) == ("assigned", ada.id)


def test_code_of_another_agents_job_never_changes_an_own_job(talk: DirectTalk, ada: Agent) -> None:
    job = talk.offer()
    assert talk.say(ada, "yes H7F3") in (["ask_back"], ["ask_back_none"])
    assert status(job) == ("pending", None)


def test_yes_is_about_the_offer_that_was_open_when_it_arrived(talk: DirectTalk, ada: Agent) -> None:
    """A second offer after the YES, but before its handling, does not make the YES ambiguous."""
    first = talk.offer()
    yes = talk.hear(ada.phone, "yes")
    second = talk.offer(starts_in="3d")
    talk.say(ada, "help")  # the YES before it is handled, too
    assert Message.objects.get(pk=yes.id).job == first.id
    assert (status(first)[0], status(second)[0]) == ("assigned", "pending")


def test_offer_counts_only_once_it_was_sent(talk: DirectTalk, ada: Agent) -> None:
    first = talk.offer()
    yes = talk.hear(ada.phone, "yes")
    Offer.objects(job=first.id).update(set__created_at=utc_now() - timedelta(hours=1))
    Message.objects(kind="offer").update(unset__attempted_at=1)
    assert talk.say(ada, "help") == ["ask_back_none", "help_agent"]
    assert not Message.objects.get(pk=yes.id).job


def test_late_yes_is_answered_with_taken_and_the_codes_still_open(talk: DirectTalk, ada: Agent, bisi: Agent) -> None:
    job, other = talk.offer(), talk.offer(starts_in="3d")
    talk.say(bisi, f"yes {job.code}")
    assert talk.say(ada, f"yes {job.code}") == ["taken"]
    assert other.code in talk.last(ada)
    late = Message.objects(phone=ada.phone, direction="inbound").first()
    assert late.job == job.id


def test_yes_of_a_former_owner_during_another_agents_release_is_answered(
    talk: DirectTalk, ada: Agent, bisi: Agent
) -> None:
    """Bisi gets the job after Ada and releases it, too; the news of that is not written yet, and not for Ada."""
    job = talk.offer()
    for who in (ada, bisi):
        talk.say(who, f"yes {job.code}")
        if who is ada:
            assert talk.say(ada, f"can't make it {job.code}") == ["released"]
    late = talk.hear(ada.phone, f"yes {job.code}")
    handling.handle(talk.hear(bisi.phone, f"can't make it {job.code}").id)
    handling.handle(late.id)
    talk.work()
    answers = Message.objects(phone=ada.phone, key__startswith=str(late.id))
    assert [each.kind for each in answers] == ["released"]


def test_claim_of_an_inactive_agent_does_not_count(talk: DirectTalk, ada: Agent, bisi: Agent) -> None:
    job = talk.offer()
    Agent.objects(pk=ada.id).update(set__status="suspended")
    talk.say(ada, "yes")
    assert status(job) == ("pending", None)
    talk.say(bisi, "yes")
    assert status(job) == ("assigned", bisi.id)


def test_agent_suspended_between_claim_and_settling_does_not_win(talk: DirectTalk, ada: Agent, bisi: Agent) -> None:
    job = talk.offer()
    yes = talk.hear(ada.phone, "yes")
    later = talk.hear(bisi.phone, "yes")
    from_claims = [yes, later]
    for message in from_claims:
        answer(message)
    Agent.objects(pk=ada.id).update(set__status="inactive")
    talk.work()
    assert status(job) == ("assigned", bisi.id)


def answer(message: Message) -> None:
    """Handle a message without settling its claim."""
    handling.handle(message.id)


def test_agent_without_an_offer_can_not_take_the_job(talk: DirectTalk, ada: Agent) -> None:
    job = talk.offer()
    late = an_agent(name="Late")
    assert talk.say(late, f"yes {job.code}") == ["ask_back_none"]
    assert status(job) == ("pending", None)


def test_agent_gets_nothing_between_stop_and_start(talk: DirectTalk, ada: Agent) -> None:
    talk.offer()
    assert talk.say(ada, "Stop!") == ["opted_out"]
    assert Agent.objects.get(pk=ada.id).status == "inactive"
    assert talk.say(ada, "STOP") == []
    assert talk.say(ada, "yes") == []
    talk.offer(starts_in="3d")
    assert talk.last(ada).startswith("You will get no more messages")
    assert talk.say(ada, "start") == ["resumed"]
    talk.offer(starts_in="4d")
    assert "New inspection" in talk.last(ada)


def test_stop_and_start_do_not_end_a_suspension(talk: DirectTalk, ada: Agent) -> None:
    Agent.objects(pk=ada.id).update(set__status="suspended")
    talk.say(ada, "stop")
    talk.say(ada, "start")
    assert Agent.objects.get(pk=ada.id).status == "suspended"


def test_stop_within_a_sentence_is_no_opt_out(talk: DirectTalk, ada: Agent) -> None:
    assert talk.say(ada, "please stop calling me") == ["help_agent"]
    assert Agent.objects.get(pk=ada.id).is_active


def test_unknown_texts_get_help_once_in_ten_minutes(talk: DirectTalk, ada: Agent) -> None:
    assert talk.say(ada, "what is this?") == ["help_agent"]
    assert talk.say(ada, "hmm") == []
    assert talk.say(ada, "HELP") == ["help_agent"]
    Message.objects(kind="help_agent").update(set__created_at=utc_now() - timedelta(minutes=11))
    assert talk.say(ada, "hmm") == ["help_agent"]


@pytest.mark.parametrize("words", ["ok", "👍", "sure"])
def test_weak_word_without_a_question_means_nothing(talk: DirectTalk, ada: Agent, words: str) -> None:
    talk.offer()
    talk.say(ada, "help")
    assert talk.say(ada, words) == []  # help was sent a moment ago
    assert not Offer.objects(claim__ne=None)


def test_client_gets_one_polite_reply_a_day(talk: DirectTalk, ada: Agent) -> None:
    job = talk.offer()
    client = job.client_details["phone"]
    assert talk.say(client, "Yes") == ["client_reply"]
    assert job.code not in talk.last(client)
    assert talk.say(client, "ok") == []
    Message.objects(kind="client_reply").update(set__created_at=utc_now() - timedelta(hours=25))
    assert talk.say(client, "hello?") == ["client_reply"]
    heard = Message.objects(phone=client, direction="inbound").first()
    assert (heard.client_id, heard.job) == (job.client_id, job.id)
    assert status(job) == ("pending", None)


def test_client_gets_nothing_after_stop(talk: DirectTalk, ada: Agent) -> None:
    job = talk.offer(starts_in="90m")
    client = job.client_details["phone"]
    assert talk.say(client, "STOP") == ["opted_out"]
    talk.say(ada, "yes")
    talk.say(ada, "confirm")
    assert [message.body[:8] for message in talk.twilio.sent_to(client)] == ["You will"]
    talk.say(client, "start")
    talk.say(ada, "done")
    assert "is complete" in talk.last(client)
    assert Contact.of(client).opted_out_at is None


def test_stranger_gets_one_polite_reply_a_day(talk: DirectTalk, ada: Agent) -> None:
    job = talk.offer()
    stranger = a_phone()
    assert talk.say(stranger, f"yes {job.code}") == ["stranger_reply"]
    assert talk.say(stranger, "?") == []
    assert status(job) == ("pending", None)


def test_number_of_an_agent_and_a_client_counts_as_the_agent(talk: DirectTalk, ada: Agent) -> None:
    job = talk.offer(client__phone=ada.phone)
    assert talk.say(ada, "yes") == ["assigned"]
    assert status(job) == ("assigned", ada.id)


def test_only_the_owner_of_a_job_gets_the_clients_name_and_phone(talk: DirectTalk, ada: Agent, bisi: Agent) -> None:
    job = talk.offer()
    talk.say(ada, "yes")
    talk.say(bisi, f"yes {job.code}")
    talk.say(bisi, f"confirm {job.code}")
    talk.say(bisi, f"complete {job.code}")
    said = " ".join(message.body for message in talk.twilio.sent_to(bisi.phone))
    assert not any(job.client_details[fact] in said for fact in ("name", "phone", "email"))
    assert job.notes not in said
    assert status(job) == ("assigned", ada.id)
