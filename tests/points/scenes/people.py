"""Scenes of inbound messages of agents, clients and strangers, and of shelved webhook forms."""

from dispatch import shelf
from dispatch.models.base.record import utc_now
from tests.builders import an_inbound_form
from tests.points.actions import Task
from tests.points.scenes.table import scene
from tests.points.stage import PointStage
from tests.stories.people import Person, client_of
from tests.stories.ways import approved, assigned, in_progress, pending

HANDLE = "workers.inbox.handle"


def _says(stage: PointStage, who: Person, text: str) -> Task:
    stage.holds().says(who, text)
    return stage.hint(HANDLE)


@scene(HANDLE, "act claim")
def a_yes(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    return _says(stage, stage.ada, "YES")


@scene(HANDLE, "act claim")
def two_messages_of_one_person(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    stage.holds().says(stage.ada, "YES")
    task = stage.hint(HANDLE)
    stage.says(stage.ada, "HELP")
    return task


@scene(HANDLE, "act explain")
def a_late_yes(stage: PointStage) -> Task:
    job = pending(stage, stage.ada)
    stage.says(stage.bisi, "YES")
    return _says(stage, stage.ada, f"YES {job['code']}")


@scene(HANDLE, "act decline")
def a_no(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    return _says(stage, stage.ada, "NO")


@scene(HANDLE, "act decline")
def a_no_of_the_last_agent(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    stage.says(stage.bisi, "NO")
    return _says(stage, stage.ada, "NO")


@scene(HANDLE, "act decline")
def a_no_to_a_held_offer(stage: PointStage) -> Task:
    first = assigned(stage, stage.ada)
    second = stage.asks("4d", client__client_id=first["client_details"]["client_id"])
    return _says(stage, stage.ada, f"NO {second['code']}")


@scene(HANDLE, "act confirm", "event approved")
def a_confirm(stage: PointStage) -> Task:
    assigned(stage, stage.ada)
    return _says(stage, stage.ada, "CONFIRM")


@scene(HANDLE, "act confirm", "event approved")
def a_confirm_shortly_before_the_visit(stage: PointStage) -> Task:
    assigned(stage, stage.ada, "20m")
    return _says(stage, stage.ada, "CONFIRM")


@scene(HANDLE, "act confirm")
def a_confirm_before_the_claim_is_decided(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    stage.holds().says(stage.ada, "YES")
    stage.work("inbox")
    return _says(stage, stage.ada, "CONFIRM")


@scene(HANDLE, "act claim")
def a_yes_after_a_no(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    stage.says(stage.ada, "NO")
    return _says(stage, stage.ada, "YES")


@scene(HANDLE, "act release")
def a_release(stage: PointStage) -> Task:
    approved(stage, stage.ada)
    return _says(stage, stage.ada, "RELEASE")


@scene(HANDLE, "act begin", "event in_progress")
def a_begin(stage: PointStage) -> Task:
    approved(stage, stage.ada, "90m")
    return _says(stage, stage.ada, "BEGIN")


@scene(HANDLE, "act complete", "event completed")
def a_complete(stage: PointStage) -> Task:
    in_progress(stage, stage.ada)
    return _says(stage, stage.ada, "COMPLETE")


@scene(HANDLE, "act help")
def a_help(stage: PointStage) -> Task:
    return _says(stage, stage.ada, "HELP")


@scene(HANDLE, "act stop")
def a_stop(stage: PointStage) -> Task:
    assigned(stage, stage.ada)
    pending(stage, stage.ada, "4d")
    return _says(stage, stage.ada, "STOP")


@scene(HANDLE, "act resume")
def a_start(stage: PointStage) -> Task:
    assigned(stage, stage.ada)
    stage.says(stage.ada, "STOP")
    stage.asks("4d")
    return _says(stage, stage.ada, "START")


@scene(HANDLE, "act pause")
def a_pause(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    return _says(stage, stage.ada, "PAUSE 2H")


@scene(HANDLE, "act ask_back")
def a_yes_without_a_code_to_two_offers(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    pending(stage, stage.ada, "4d")
    return _says(stage, stage.ada, "YES")


@scene(HANDLE, "act explain")
def a_confirm_of_a_taken_job(stage: PointStage) -> Task:
    job = pending(stage, stage.ada)
    stage.says(stage.bisi, "YES")
    stage.wait(minutes=1)
    return _says(stage, stage.ada, f"CONFIRM {job['code']}")


@scene(HANDLE, "act unknown")
def words_that_mean_nothing(stage: PointStage) -> Task:
    return _says(stage, stage.ada, "Lovely weather")


@scene(HANDLE, "from client")
def a_client_writes(stage: PointStage) -> Task:
    return _says(stage, client_of(assigned(stage, stage.ada)), "When do you come?")


@scene(HANDLE, "from client")
def a_client_says_stop(stage: PointStage) -> Task:
    return _says(stage, client_of(assigned(stage, stage.ada)), "STOP")


@scene(HANDLE, "from client")
def a_client_says_start(stage: PointStage) -> Task:
    client = client_of(assigned(stage, stage.ada))
    stage.says(client, "STOP")
    return _says(stage, client, "START")


@scene(HANDLE, "from stranger")
def a_stranger_writes(stage: PointStage) -> Task:
    return _says(stage, Person("somebody", "+2348030099999"), "Hello")


@scene("workers.inbox.rescue")
def forms_on_the_shelf(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    stage.holds()
    shelf.keep("inbound", an_inbound_form(phone=stage.ada.phone, Body="YES"), {}, utc_now())
    stage.tasks.fetch()
    stage.tasks.hints.clear()
    return Task("workers.inbox.rescue")


@scene(HANDLE)
def a_join_code_from_a_hidden_number(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    code = stage.call("POST", f"/api/agents/{stage.ada.id}/join-code", expect=201)["code"]
    return _says(stage, Person("hidden", "NG.13491208655302"), code)


@scene(HANDLE, "act claim")
def a_yes_from_a_user_id_that_quotes_the_offer(stage: PointStage) -> Task:
    job = pending(stage, stage.ada)
    offer = stage.message(stage.ada, job, "offer")
    stage.holds().says(Person("hidden", "NG.13491208655302"), "YES", quoting=offer.twilio_sid)
    return stage.hint(HANDLE)
