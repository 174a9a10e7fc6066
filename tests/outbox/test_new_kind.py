"""Adding a kind of message takes one row and its texts: drafts, sending, the last check and templates follow."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dispatch.actions import drafts
from dispatch.models import Agent, Job, Message
from dispatch.models.base.record import utc_now
from dispatch.rules.inbox.meaning import Word, read
from dispatch.rules.jobs.states import JobState
from dispatch.rules.outbox.kinds import KINDS, Category, Kind, Owner, To
from dispatch.rules.outbox.states import Lane
from dispatch.wording import catalogue
from dispatch.wording.templates import template, templates
from sandbox.twilio import PretendTwilio
from tests.builders import a_job, an_agent
from tests.pretending import now_of, send
from tests.wording.conftest import HERE, forget

#: The one row.
KEYS_READY = Kind(
    "keys_ready",
    To.AGENT,
    Category.UTILITY,
    buttons=("begin", "complete"),
    asks="begin",
    holds_in=frozenset({JobState.APPROVED}),
    owner=Owner.IS_RECIPIENT,
    until_start=True,
)
#: Its text in each language.
TEXTS = {
    "en": "The keys of inspection *{code}* are ready at {address}, says {client_name}.",
    "fr": "Les clés de la visite *{code}* vous attendent à l'adresse {address}, selon {client_name}.",
    "pt": "As chaves da vistoria *{code}* estão prontas em {address}, diz {client_name}.",
    "ar": "مفاتيح المعاينة *{code}* جاهزة في {address}، حسب {client_name} اليوم.",
}


@pytest.fixture
def keys_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kind]:
    """Add the row to the table, and the texts to a copy of the catalogues."""
    for file in HERE.glob("*.toml"):
        shutil.copy(file, tmp_path)
        with (tmp_path / file.name).open("a", encoding="utf-8") as texts:
            texts.write(f'\n{KEYS_READY.name} = "{TEXTS[file.stem]}"\n')
    monkeypatch.setitem(KINDS, KEYS_READY.name, KEYS_READY)
    monkeypatch.setattr(catalogue, "_FILES", tmp_path)
    forget()
    yield KEYS_READY
    monkeypatch.undo()
    forget()


def an_approved_job(language: str = "fr") -> Job:
    agent, job = an_agent(language=language), a_job("1d")
    Job.move(job.id, JobState.ASSIGNED, utc_now(), change={"agent": agent.id}, agent=agent.id, round=1)
    Job.move(job.id, JobState.APPROVED, utc_now(), agent=agent.id)
    return Job.get(job.id)


def saved(kind: Kind, job: Job) -> Message:
    drafts.save_and_send([drafts.to_owner(kind, "cause", job, Agent.must_get(job.agent))], utc_now())
    return Message.objects.get(kind=kind.name)


def test_a_message_of_a_new_kind_is_rendered_in_the_language_of_its_recipient_and_sent(
    twilio: PretendTwilio, keys_ready: Kind
) -> None:
    job = an_approved_job("fr")
    message = saved(keys_ready, job)
    assert (message.lane, message.asks, message.language) == (Lane.REPLIES, Word.BEGIN, "fr")
    send(message)
    [sent] = twilio.outbox
    house, client = job.property_details["address"], job.client_details["name"]
    assert sent.text == f"Les clés de la visite *{job.code}* vous attendent à l'adresse {house}, selon {client}."


@pytest.mark.parametrize("state", [JobState.IN_PROGRESS, JobState.CANCELLED])
def test_a_message_of_a_new_kind_is_withdrawn_in_a_state_that_its_row_does_not_name(
    twilio: PretendTwilio, keys_ready: Kind, state: JobState
) -> None:
    job = an_approved_job()
    message = saved(keys_ready, job)
    Job.move(job.id, state, utc_now(), agent=job.agent)
    send(message)
    assert (now_of(message).status, list(twilio.outbox)) == ("withdrawn", [])


def test_a_message_of_a_new_kind_is_withdrawn_once_the_visit_should_have_begun(
    twilio: PretendTwilio, keys_ready: Kind
) -> None:
    job = an_approved_job()
    message = saved(keys_ready, job)
    Job.collection().update_one({"_id": job.id}, {"$set": {"starts_at": utc_now() - timedelta(seconds=1)}})
    send(message)
    assert (now_of(message).status, list(twilio.outbox)) == ("withdrawn", [])


def test_a_new_kind_has_a_template_in_each_language(keys_ready: Kind) -> None:
    assert {each.language for each in templates() if each.key == keys_ready.name} == TEXTS.keys()
    french = template(keys_ready.name, "fr")
    assert french.body == "Les clés de la visite *{{1}}* vous attendent à l'adresse {{2}}, selon {{3}}."
    assert (french.category, french.variables) == ("UTILITY", ("code", "address", "client_name", "about"))
    tapped = [(read(title), id_) for title, id_ in french.buttons]
    assert tapped == [(Word.BEGIN, "begin:{{4}}"), (Word.COMPLETE, "complete:{{4}}")]
