"""STOP and START in every language, read by us or by Twilio, and the record of each decision."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from dispatch.actions.operations import migrate
from dispatch.models import Agent, Client, Contact, Message
from dispatch.models.base.record import utc_now
from dispatch.models.consent import KEPT
from sandbox.twilio import PretendTwilio
from tests.office import Office
from tests.pretending import report
from tests.stories.desk import StoryDesk
from tests.stories.people import Person, client_of
from tests.stories.ways import approved, assigned

STOPS = [
    *("STOP", "Stop!", "unsubscribe", "Arrêter", "désabonnement", "PARAR", "Sair.", "إيقاف", "توقف"),
    *("Stop please", "please stop", "stop 🙏", "arrêtez svp", "توقف من فضلك"),
]
BACKS = [
    *("START", "Resume", "subscribe", "Reprendre", "réabonner", "VOLTAR", "reativar", "استئناف", "اشترك"),
    *("start please", "please resume", "START 🙏", "reprendre svp", "استئناف من فضلك"),
]
NO_STOPS = [
    "stop, o Zé não vem",
    "stop?",
    "please don't stop",
    "STOP K7F3",
    "arrêtez de m'appeler",
    "on ne s'arrête pas",
    "não pare",
    "vou sair agora",
    "لا تتوقف",
    "إيقاف السيارة",
]


def shown(desk: StoryDesk, who: Person) -> dict[str, Any]:
    """Return an agent or a client as the API shows them."""
    return desk.call("GET", f"/api/{'agents' if Agent.get(who.id) else 'clients'}/{who.id}")


def ledger(desk: StoryDesk, who: Person) -> list[tuple[str, str, str | None, int | None]]:
    """Return a person's decisions: the decision, the way, the word, the error code."""
    return [(each["what"], each["how"], each["word"], each["code"]) for each in shown(desk, who)["consents"]]


@pytest.fixture
def cleo(desk: StoryDesk) -> Person:
    """Cleo, an agent created by the platform."""
    return desk.hires("Cleo")


@pytest.fixture
def client(desk: StoryDesk, ada: Person) -> Person:
    """The client of a job that Ada has confirmed."""
    return client_of(approved(desk, ada))


@pytest.mark.parametrize("text", STOPS)
def test_agent_gets_nothing_after_stop(desk: StoryDesk, ada: Person, bisi: Person, text: str) -> None:
    job = desk.asks()
    assert desk.says(ada, text) == ["opted_out"]
    assert desk.offers(job)[1, ada.phone] == "closed"
    desk.asks()
    assert (desk.news(ada), desk.news(bisi)) == ([], ["offer", "offer"])
    assert (desk.says(ada, text), desk.says(ada, "yes")) == ([], [])


@pytest.mark.parametrize("text", BACKS)
def test_start_ends_an_opt_out(desk: StoryDesk, ada: Person, text: str) -> None:
    desk.says(ada, "STOP")
    job = desk.asks()
    assert desk.says(ada, f"{text}, but not now") == []
    assert desk.says(ada, text) == ["resumed", "offer"]
    assert desk.offers(job) == {(1, ada.phone): "open"}
    assert shown(desk, ada)["status"] == "active"


@pytest.mark.parametrize("text", NO_STOPS)
def test_stop_as_part_of_a_message_is_no_opt_out(desk: StoryDesk, ada: Person, text: str) -> None:
    job = desk.asks()
    assert "opted_out" not in desk.says(ada, text)
    assert (shown(desk, ada)["opted_out"], desk.offers(job)) == (False, {(1, ada.phone): "open"})


@pytest.mark.parametrize(("stop", "back"), list(zip(STOPS, BACKS, strict=True)))
def test_client_gets_nothing_after_stop(desk: StoryDesk, client: Person, stop: str, back: str) -> None:
    assert desk.says(client, f"{stop} mais tarde, o Zé não vem") == ["client_reply"]
    assert shown(desk, client)["opted_out"] is False
    assert (desk.says(client, stop), shown(desk, client)["opted_out"]) == (["opted_out"], True)
    assert (desk.says(client, stop), desk.says(client, "hello")) == ([], [])
    desk.says(client, back)
    assert shown(desk, client)["opted_out"] is False
    assert ledger(desk, client) == [
        ("in", "platform", None, None),
        ("out", "message", stop, None),
        ("in", "message", back, None),
    ]


@pytest.mark.parametrize("text", ["CANCEL", "End.", "quit", "annuler", "cancelar", "إلغاء"])
def test_cancel_alone_is_the_stop_of_a_client_but_an_agent_is_asked_back(
    desk: StoryDesk, ada: Person, client: Person, text: str
) -> None:
    assert desk.says(client, f"{text} the visit") == ["client_reply"]
    assert desk.says(client, text) == ["opted_out"]
    assert shown(desk, client)["opted_out"] is True
    assert desk.says(ada, text) == ["ask_back"]
    assert "RELEASE" in desk.last(ada)
    assert shown(desk, ada)["opted_out"] is False


@pytest.mark.parametrize("text", ["STOP", "cancel", "yes", "pause 2h", "please, no more of this"])
def test_stop_read_by_twilio_counts_whatever_the_text_is(desk: StoryDesk, cleo: Person, text: str) -> None:
    job = desk.asks()
    desk.no_news()
    assert desk.says(cleo, text, answered="STOP") == []
    assert (shown(desk, cleo)["opted_out"], desk.offers(job)[1, cleo.phone]) == (True, "closed")
    assert ledger(desk, cleo)[1:] == [("out", "twilio", text, None)]
    assert shown(desk, cleo)["paused_until"] is None


@pytest.mark.parametrize("text", ["START", "yes please", "stop"])
def test_start_read_by_twilio_counts_and_gets_no_reply_of_ours(desk: StoryDesk, cleo: Person, text: str) -> None:
    desk.says(cleo, "stop", answered="STOP")
    desk.asks()
    assert desk.says(cleo, text, answered="START") == ["offer"]  # waiting messages to them are no answer
    assert (shown(desk, cleo)["opted_out"], shown(desk, cleo)["status"]) == (False, "active")
    assert ledger(desk, cleo)[2:] == [("in", "twilio", text, None)]


def test_start_read_by_twilio_begins_no_visit(desk: StoryDesk, ada: Person) -> None:
    job = approved(desk, ada, "90m")
    assert desk.says(ada, "START", answered="START") == []
    assert desk.stands(job) == ("approved", ada.phone)
    assert desk.says(ada, "START") == ["began"]


def test_help_read_by_twilio_gets_no_reply_of_ours(desk: StoryDesk, ada: Person, client: Person) -> None:
    assert desk.says(ada, "help", answered="HELP") == []
    assert desk.says(client, "info", answered="HELP") == []
    assert (desk.says(ada, "help"), desk.says(client, "info")) == (["help_agent"], ["client_reply"])


def test_message_with_an_unknown_opt_out_type_is_read_like_any_text(desk: StoryDesk, ada: Person) -> None:
    assert desk.says(ada, "help", answered="SOMETHING") == ["help_agent"]


def test_stop_of_a_client_read_by_twilio_gets_no_reply_of_ours(desk: StoryDesk, client: Person) -> None:
    assert desk.says(client, "quit", answered="STOP") == []
    assert shown(desk, client)["opted_out"] is True
    assert desk.says(client, "hello again", answered="START") == []
    assert shown(desk, client)["opted_out"] is False
    assert ledger(desk, client)[1:] == [("out", "twilio", "quit", None), ("in", "twilio", "hello again", None)]


def test_stop_of_a_stranger_read_by_twilio_gets_no_reply_of_ours(desk: StoryDesk) -> None:
    stranger = Person("Zed", "+2348099990000")
    assert desk.says(stranger, "stop", answered="STOP") == []
    assert desk.says(stranger, "hello") == []
    assert desk.says(stranger, "START", answered="START") == []
    assert desk.says(stranger, "hello") == ["stranger_reply"]


# The ledger.


def test_ledger_has_each_decision_of_an_agent(desk: StoryDesk, twilio: PretendTwilio, cleo: Person) -> None:
    assert ledger(desk, cleo) == [("in", "platform", None, None)]
    desk.says(cleo, "Stop!")
    desk.says(cleo, "stop")  # nothing new
    desk.says(cleo, "Resume")
    desk.asks()
    report(twilio.sent_to(cleo.phone)[-1], "failed", 21610)
    desk.work()
    told = shown(desk, cleo)["consents"]
    assert ledger(desk, cleo)[1:] == [
        ("out", "message", "Stop!", None),
        ("in", "message", "Resume", None),
        ("out", "twilio", None, 21610),
    ]
    words = {str(each.id): each for each in Message.objects(phone=cleo.phone)}
    assert [words[each["message"]].text for each in told[1:3]] == ["Stop!", "Resume"]
    assert words[told[3]["message"]].kind == "offer"
    assert [each["at"] for each in told[1:3]] == [words[each["message"]].received_at.isoformat() for each in told[1:3]]
    assert [each["at"] for each in told] == sorted(each["at"] for each in told)


def test_ledger_has_the_opt_out_of_a_client_whom_twilio_refuses(
    desk: StoryDesk, twilio: PretendTwilio, client: Person
) -> None:
    report(twilio.sent_to(client.phone)[-1], "failed", 21610)
    report(twilio.sent_to(client.phone)[-1], "failed", 21610)
    desk.work()
    assert ledger(desk, client) == [("in", "platform", None, None), ("out", "twilio", None, 21610)]


def test_put_by_the_platform_is_no_consent(desk: StoryDesk, cleo: Person, client: Person) -> None:
    desk.says(cleo, "stop")
    desk.changes(cleo, status="active")
    body = {"name": "Jane", "phone": client.phone}
    desk.call("PUT", f"/api/clients/{client.id}", body)
    desk.asks(client__client_id=client.id, client__phone=client.phone)
    assert [what for what, *_ in ledger(desk, cleo)] == ["in", "out"]
    assert [what for what, *_ in ledger(desk, client)] == ["in"]


def test_lists_do_not_show_the_ledger(desk: StoryDesk, cleo: Person) -> None:
    listed = desk.call("GET", "/api/agents/")
    assert [row["id"] for row in listed] == [cleo.id]
    assert "consents" not in listed[0]
    assert "paused_until" in listed[0]


def test_ledger_keeps_a_bounded_number_of_decisions(desk: StoryDesk, cleo: Person) -> None:
    desk.says(cleo, "stop")
    desk.says(cleo, "resume")
    platform, out, back = Contact.of(cleo.phone).consents
    first = dict(platform, at=platform["at"] - timedelta(hours=1))
    before = [timedelta(seconds=n) for n in range(KEPT // 2 - 1, 0, -1)]
    earlier = [dict(each, at=each["at"] - time) for time in before for each in (out, back)]
    Contact.objects(phone=cleo.phone).update(consents=[first, *earlier])
    assert len(ledger(desk, cleo)) == KEPT - 1
    for _ in range(2):
        desk.says(cleo, "stop")
        desk.says(cleo, "resume")
    told = ledger(desk, cleo)
    assert (len(told), told[0][:2], told[1][:2]) == (KEPT, ("in", "platform"), ("in", "message"))
    assert told[-1][:3] == ("in", "message", "resume")


def test_message_handled_twice_is_one_ledger_entry(desk: StoryDesk, cleo: Person, client: Person) -> None:
    """This happens after a crash between the write and the end of handling."""
    for who in (cleo, client):
        for text in ("stop", "start"):
            desk.says(who, text)
            said = Message.objects(phone=who.phone, direction="inbound").order_by("-id").first()
            unhandled = {"unhandled": True, "status": "received", "handlings": 0}
            Message.find_and_update({"_id": said.id}, {"$set": {**unhandled, "next_attempt_at": said.received_at}})
            desk.sweep()
            assert Message.get(said.id).status == "handled"
        assert [what for what, *_ in ledger(desk, who)] == ["in", "out", "in"]
    assert Contact.of(client.phone).consents[-1]["message"]


# Silence belongs to the address.


def test_stop_counts_for_the_number_whoever_has_it(desk: StoryDesk, ada: Person, client: Person) -> None:
    """The client of a visit is taken on as an agent, and says STOP as an agent."""
    dual = desk.hires("Dual", phone=client.phone)
    assert desk.says(dual, "STOP") == ["opted_out"]
    assert (shown(desk, client)["opted_out"], shown(desk, dual)["opted_out"]) == (True, True)
    desk.asks()
    desk.says(ada, "COMPLETE")
    assert desk.news(dual) == []
    assert desk.says(dual, "START") == ["resumed", "offer"]
    assert (shown(desk, client)["opted_out"], shown(desk, dual)["opted_out"]) == (False, False)


def test_stop_of_a_client_counts_for_the_agent_with_their_number(desk: StoryDesk, client: Person) -> None:
    assert desk.says(client, "STOP") == ["opted_out"]
    agent = desk.hires("Dual", phone=client.phone)
    desk.asks()
    assert (desk.news(agent), shown(desk, agent)["opted_out"]) == ([], True)
    assert ledger(desk, agent) == ledger(desk, client)


def test_stop_of_a_stranger_counts_for_whoever_gets_the_number(desk: StoryDesk, ada: Person) -> None:
    stranger = Person("Zed", "+2348099990000")
    assert desk.says(stranger, "STOP") == ["opted_out"]
    assert desk.says(stranger, "hello") == []
    agent = desk.hires("Zed", phone=stranger.phone)
    job = desk.asks(client__client_id="zed", client__phone=stranger.phone)
    desk.says(ada, "YES")
    desk.says(ada, "CONFIRM")
    assert desk.news(agent) == []
    assert desk.call("GET", f"/api/clients/{job['client_id']}")["opted_out"] is True
    assert "offer" not in desk.told(agent)


def test_new_number_starts_with_the_platforms_consent_and_the_old_one_stays_silent(
    desk: StoryDesk, cleo: Person, client: Person
) -> None:
    desk.says(cleo, "STOP")
    desk.says(client, "STOP")
    there = Person("Cleo", "+2348039990001", cleo.id)
    desk.changes(cleo, phone=there.phone)
    assert (shown(desk, there)["opted_out"], shown(desk, there)["status"]) == (False, "active")
    assert ledger(desk, there) == [("in", "platform", None, None)]
    desk.call("PUT", f"/api/clients/{client.id}", {"name": "John", "phone": "+2348039990002"})
    assert (shown(desk, client)["opted_out"], ledger(desk, client)) == (False, [("in", "platform", None, None)])
    desk.no_news()
    again = desk.hires("Chidi", phone=cleo.phone)
    desk.asks(client__client_id="another", client__phone=client.phone)
    assert (desk.news(there), desk.news(again)) == (["offer"], [])
    assert desk.call("GET", "/api/clients/another")["opted_out"] is True


def test_decisions_that_an_earlier_version_saved_with_people_count_for_their_numbers(
    desk: StoryDesk, ada: Person, cleo: Person, client: Person
) -> None:
    """Cleo has said STOP, and was deleted since; the client has said STOP; Ada had blocked us."""
    at = utc_now() - timedelta(days=3)
    stop = {"at": at, "what": "out", "how": "message", "word": "Stop"}
    block = {"at": at, "what": "out", "how": "twilio", "code": 63014}
    Contact.objects.update(unset__consents=1, unset__changes=1, unset__follow_up_at=1)
    Contact.objects(phone=ada.phone).update(unset__heard_at=1)
    old = {"$set": {"opted_out_at": at}, "$unset": {"silence_of": 1}}
    Agent.collection().update_one({"_id": ObjectId(ada.id)}, {**old, "$push": {"consents": block}})
    gone = {"$set": {"opted_out_at": at, "present": False, "status": "inactive"}, "$push": {"consents": stop}}
    Agent.collection().update_one({"_id": ObjectId(cleo.id)}, {**gone, "$unset": {"silence_of": 1}})
    Client.collection().update_one({"client_id": client.id}, {**old, "$push": {"consents": stop}})
    assert shown(desk, client)["opted_out"] is True
    for _ in range(2):
        migrate.migrate(False, lambda done: None)
    assert (shown(desk, client)["opted_out"], ledger(desk, client)) == (True, [("out", "message", "Stop", None)])
    assert (shown(desk, ada)["opted_out"], shown(desk, ada)["unreachable"]) == (False, True)
    chidi = desk.hires("Chidi", phone=cleo.phone)
    desk.no_news()
    desk.asks()
    assert (desk.news(chidi), shown(desk, chidi)["opted_out"]) == ([], True)
    assert desk.says(client, "START") == ["client_reply"]
    assert shown(desk, client)["opted_out"] is False
    assert desk.says(ada, "hello") == ["help_agent", "offer"]


def test_stop_of_an_agent_with_inspections_names_them_and_needs_attention_at_once(
    desk: StoryDesk, office: Office, ada: Person
) -> None:
    jobs = [assigned(desk, ada), approved(desk, ada)]
    assert desk.says(ada, "STOP") == ["opted_out"]
    assert all(job["code"] in desk.last(ada) for job in jobs)
    assert "still yours" in desk.last(ada)
    assert [desk.attention(job) for job in jobs] == ["agent_inactive"] * 2
    assert sorted(alarm["code"] for alarm in office.alarms) == sorted(job["code"] for job in jobs)
