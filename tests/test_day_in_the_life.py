"""A day in the life: one inspection from request to completion, by the API and webhooks of a running desk."""

from tests.builders import a_job_body, an_agent_body
from tests.live.desk import LiveDesk
from tests.waiting import until


def test_a_day_in_the_life(desk: LiveDesk) -> None:
    """The job is created, offered, won, confirmed, begun and completed; all messages are right."""
    twilio = desk.twilio
    ada, bisi, chidi = (desk.post("/api/agents/", an_agent_body(name=name)) for name in ("Ada", "Bisi", "Chidi"))
    job = desk.post("/api/jobs/", a_job_body(starts_in="20m"))
    client, code = job["client_details"], job["code"]

    # Every agent gets one offer, without the client's data.
    offers = twilio.wait_for_many("New inspection", 3)
    assert sorted(message.phone for message in offers) == sorted(agent["phone"] for agent in (ada, bisi, chidi))
    assert not any(secret in message.body for message in offers for secret in (client["name"], client["phone"]))

    # Chidi replies NO; Bisi is first, by a tapped button; Ada is a moment late.
    twilio.say(chidi["phone"], "no thanks")
    twilio.wait_for(chidi["phone"], text="you have passed on")
    twilio.say(bisi["phone"], "Yes please! 🙏🏽", quoted_sid=twilio.sent_to(bisi["phone"])[0].sid)
    twilio.say(ada["phone"], f"yes {code.lower()}")
    won = twilio.wait_for(bisi["phone"], text="is yours!")
    assert client["name"] in won.body
    assert client["phone"] in won.body
    twilio.wait_for(ada["phone"], text="has gone to another agent")
    assert desk.wait_for_status(job["id"], "assigned")["assigned_agent"] == bisi["phone"]

    # OK answers the latest question. The visit is near, so the confirmation is the reminder, too.
    twilio.say(bisi["phone"], "👍")
    desk.wait_for_status(job["id"], "approved")
    assert bisi["phone"] in twilio.wait_for(client["phone"], text="is confirmed").body
    assert client["phone"] in twilio.wait_for(bisi["phone"], text="is confirmed").body

    # A late YES is answered again; the visit goes on.
    twilio.say(ada["phone"], f"YES {code}")
    twilio.wait_for_many(ada["phone"], 2, text="has gone to another agent")
    twilio.say(bisi["phone"], "start")
    desk.wait_for_status(job["id"], "in_progress")
    twilio.say(bisi["phone"], f"Done {code}, thank you")
    desk.wait_for_status(job["id"], "completed")
    twilio.wait_for(client["phone"], text="is complete. Thank you")

    # The list of messages is complete: each message once, with its receipts; the late YES names the job.
    messages = until(lambda: _all_read(desk, job["id"]), 10, "all receipts")
    outbound = [(m["kind"], m["agent_phone"] or m["client_id"]) for m in messages if m["direction"] == "outbound"]
    assert sorted(outbound) == sorted(
        [("offer", agent["phone"]) for agent in (ada, bisi, chidi)]
        + [("declined", chidi["phone"]), ("taken", ada["phone"]), ("taken", ada["phone"])]
        + [(kind, bisi["phone"]) for kind in ("assigned", "approved", "began", "completed_agent")]
        + [(kind, client["client_id"]) for kind in ("approved_client", "completed_client")]
    )
    assert {m["text"] for m in messages if m["agent_phone"] == ada["phone"] and m["direction"] == "inbound"} == {
        f"yes {code.lower()}",
        f"YES {code}",
    }
    names = [event["name"] for event in desk.get(f"/api/jobs/{job['id']}/timeline")]
    assert names == ["opened", "assigned", "approved", "in_progress", "completed"]

    # The logs have ids and routes only, never a phone number, a name or a text; arguments of tasks are ids.
    logs = b"".join(desk.log(name) for name in desk.processes).decode()
    assert job["id"] in logs
    people = [
        client["name"],
        client["phone"],
        *(agent[field] for agent in (ada, bisi, chidi) for field in ("name", "phone")),
    ]
    told = [text for text in (*people, code, "Yes please", "123 Lekki") if text in logs or text.lstrip("+") in logs]
    assert told == []


def _all_read(desk: LiveDesk, job_id: str) -> list[dict]:
    messages = desk.get("/api/messages/", job_id=job_id, page_size=100)
    finished = {"read", "handled"}
    return messages if all(message["status"] in finished for message in messages) else []
