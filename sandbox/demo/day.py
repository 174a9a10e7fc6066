"""The demo's day: twelve agents, six clients, races, a refusal, a moved visit, a reminder, a phone that is off."""

import signal
import time
from datetime import datetime, timedelta
from typing import Any

from config.settings import settings
from sandbox.demo.stage import Stage, StageError

SEED = 7
AGENTS = (
    "Ada Obi",
    "Bisi Ade",
    "Chidi Eze",
    "Dayo Cole",
    "Emeka Udo",
    "Funmi Ojo",
    "Gozie Ike",
    "Halima Bello",
    "Ify Nwosu",
    "Jide Alabi",
    "Kemi Balogun",
    "Lara Danjuma",
)
JOHN, GRACE, PIERRE, ANA, KOFI, MARY = (
    "John Doe",
    "Grace Hall",
    "Pierre Dubois",
    "Ana Souza",
    "Kofi Mensah",
    "Mary Bright",
)
YES = ("Yes", "yes pls", "YES!", "Yes please 👍", "Yep!")
#: Second of a minute at which the day starts. Reminders come at full minutes, so each run has the same order.
BEGINS_AT = 5


def _house(number: int, title: str, address: str, bedrooms: int, price: int) -> dict[str, Any]:
    return {"property_id": f"prop_{number}", "title": title, "address": address, "bedrooms": bedrooms, "price": price}


APARTMENT = _house(101, "3-Bedroom Apartment", "123 Lekki Phase 1, Lagos", 3, 50_000_000)
DUPLEX = _house(102, "Garden Duplex", "8 Bourdillon Road, Ikoyi", 4, 120_000_000)
STUDIO = _house(103, "Studio by the Park", "17 Opebi Street, Ikeja", 1, 18_000_000)
TERRACE = _house(104, "Terrace with a View", "5 Admiralty Way, Lekki", 4, 85_000_000)
BUNGALOW = _house(105, "Family Bungalow", "42 Allen Avenue, Ikeja", 3, 64_000_000)
PENTHOUSE = _house(106, "Penthouse", "1 Eko Atlantic, Lagos", 5, 300_000_000)


def play(stage: Stage) -> None:
    """Play the day."""
    stage.caption("Morning: twelve agents, each with nothing but WhatsApp", 0.5)
    for name in AGENTS:
        stage.create_agent(name, rating=round(stage.dice.uniform(3.5, 5), 1))
        stage.pause(0.25)
    stage.pause(1.5)
    for scene in (_race, _reminder, _refusal, _same_agent, _moved, _released, _off, _called_off, _evening):
        scene(stage)
    stage.caption("That was the day. Write on any phone. To play it again: Ctrl-C in the terminal, then make demo", 0)


def _race(stage: Stage) -> None:
    stage.caption("John wants to see an apartment: all agents get the offer, the first YES gets it")
    job = stage.post_job(JOHN, APARTMENT, stage.in_days(2, 14), "Prefers the afternoon")
    runners = stage.dice.sample(AGENTS[:4], 3)
    for name in runners:
        stage.wait_for_message(name, job["code"])
    stage.pause(2.5)
    stage.caption("Three answer within a moment", 1)
    for name in runners:
        stage.write(name, stage.dice.choice(YES))
        stage.pause(0.15)
    winner = stage.winners[JOHN] = stage.owner(job)
    stage.caption(f"{winner.split()[0]} was first, and alone learns the client's number", 0)
    stage.look_at(winner, job)
    stage.pause(2)
    stage.write(winner, f"CONFIRM {job['code']}", after="is yours")
    stage.wait_for_status(job, "approved")
    stage.caption("Confirmed: John knows who comes", 0)
    stage.look_at(JOHN)
    stage.pause(2.5)


def _reminder(stage: Stage) -> None:
    """Post a visit in less than 31 minutes, so that its reminder is due during the day."""
    soon = datetime.now(stage.zone) + timedelta(minutes=31)
    stage.caption("Grace wants to see a duplex, in half an hour")
    job = stage.post_job(GRACE, DUPLEX, soon.replace(second=0, microsecond=0), "Ring twice")
    stage.write("Emeka Udo", f"yes {job['code']} 🙏", after=job["code"])
    stage.write("Emeka Udo", "ok", after="is yours")
    stage.wait_for_status(job, "approved")
    stage.caption("Emeka's “ok” answers our last question: confirmed", 2)
    stage.reminded = job


def _refusal(stage: Stage) -> None:
    stage.caption("Pierre wants to see a studio. Dayo declines, Funmi takes it")
    job = stage.post_job(PIERRE, STUDIO, stage.in_days(1, 11))
    stage.write("Dayo Cole", f"no {job['code']}, sorry", after=job["code"])
    stage.write("Funmi Ojo", f"Yes {job['code']}", after=job["code"])
    stage.write("Funmi Ojo", f"confirm {job['code']}", after="is yours")
    stage.wait_for_status(job, "approved")


def _same_agent(stage: Stage) -> None:
    stage.caption("John books again: for five minutes, only his agent is asked")
    job = stage.post_job(JOHN, TERRACE, stage.in_days(2, 16))
    keeper = stage.winners[JOHN]
    stage.write(keeper, f"YES {job['code']}", after=job["code"])
    stage.write(keeper, f"CONFIRM {job['code']}", after=f"*{job['code']}* is yours")
    stage.wait_for_status(job, "approved")


def _moved(stage: Stage) -> None:
    stage.caption("Ana wants to see a bungalow …")
    job = stage.post_job(ANA, BUNGALOW, stage.in_days(3, 9, 30))
    stage.write("Ify Nwosu", f"yes {job['code']}", after=job["code"])
    stage.write("Ify Nwosu", f"Confirm {job['code']}", after="is yours")
    stage.wait_for_status(job, "approved")
    stage.caption("… and moves it: her agent must confirm again")
    stage.move(job, stage.in_days(3, 15))
    stage.write("Ify Nwosu", f"confirm {job['code']}", after="has moved")
    stage.wait_for_status(job, "approved")


def _released(stage: Stage) -> None:
    stage.caption("Kofi wants to see a penthouse. Gozie takes it, and can't make it after all")
    job = stage.post_job(KOFI, PENTHOUSE, stage.in_days(1, 17))
    stage.write("Gozie Ike", f"yes {job['code']}", after=job["code"])
    stage.write("Gozie Ike", "I can't make it", after="is yours")
    stage.write("Kemi Balogun", f"Yes {job['code']}", after="Open again")
    stage.write("Kemi Balogun", f"confirm {job['code']}", after="is yours")
    stage.wait_for_status(job, "approved")
    stage.caption("Open again: Kemi takes it, and Kofi is told about her only", 2)


def _off(stage: Stage) -> None:
    stage.caption("Halima's phone is off. Mary wants to see a studio")
    stage.set_fault("Halima Bello", "off", on=True)
    job = stage.post_job(MARY, STUDIO, stage.in_days(4, 10))
    stage.write("Jide Alabi", f"yes {job['code']}", after=job["code"])
    stage.wait_for_status(job, "assigned")
    stage.caption("Halima's phone is on again: the job is taken already", 1)
    stage.set_fault("Halima Bello", "off", on=False)
    stage.wait_for_message("Halima Bello", f"*{job['code']}* has gone")
    stage.write("Halima Bello", f"Yes {job['code']}!", after=f"*{job['code']}* has gone")
    stage.pause(2)
    stage.write("Jide Alabi", f"confirm {job['code']}")
    stage.wait_for_status(job, "approved")


def _called_off(stage: Stage) -> None:
    stage.caption("Pierre wants a second look and changes his mind: each agent is told once")
    job = stage.post_job(PIERRE, TERRACE, stage.in_days(5, 12))
    stage.wait_for_message("Funmi Ojo", job["code"])
    stage.pause(2)
    stage.cancel(job, "The client has decided otherwise")
    stage.wait_for_message("Funmi Ojo", f"*{job['code']}* has been withdrawn")
    stage.look_at("Funmi Ojo")
    stage.pause(2)


def _evening(stage: Stage) -> None:
    stage.caption("Half an hour before the visit: Emeka and Grace are reminded", 1)
    stage.look_at("Emeka Udo", stage.reminded)
    stage.wait_for_message("Emeka Udo", "Reminder", patience=150)
    stage.pause(2)
    stage.write("Emeka Udo", "begin")
    stage.caption("Emeka is there …", 2)
    stage.write("Emeka Udo", "done ✅", after="Reply *COMPLETE")
    stage.wait_for_message("Grace Hall", "complete")
    stage.caption("… and done", 0)
    stage.look_at("Grace Hall")
    stage.pause(3)


def main() -> None:
    """Play the day once, then wait until the desk stops."""
    stage = Stage(settings(), SEED)
    try:
        stage.caption("Before the day: Meta approves all templates; the 24-hour window is enforced", 0)
        stage.approve_templates()
        stage.wait_for_viewer()
        if stage.speed == 1:
            left = (BEGINS_AT - time.time()) % 60
            stage.caption(
                f"The day begins in {left:.0f} seconds. The page moves to whoever acts; the offers are below", 0
            )
            time.sleep(left)
        play(stage)
    except StageError as error:
        print(f"The day stopped: {error}", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
