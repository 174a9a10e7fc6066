"""A day at the desk: twelve agents, six clients, races, a refusal, a moved visit, a reminder, a phone that is off."""

import signal
import time
from datetime import datetime, timedelta
from typing import Any

from config.settings import settings
from sandbox.demo.stage import Stage, StageError

SEED = 7
AGENTS = ("Ada Obi", "Bisi Ade", "Chidi Eze", "Dayo Cole", "Emeka Udo", "Funmi Ojo",
          "Gozie Ike", "Halima Bello", "Ify Nwosu", "Jide Alabi", "Kemi Balogun", "Lara Danjuma")  # fmt: skip
JOHN, GRACE, PIERRE, ANA, KOFI, MARY = (
    "John Doe", "Grace Hall", "Pierre Dubois", "Ana Souza", "Kofi Mensah", "Mary Bright",
)  # fmt: skip
YES = ("Yes", "yes pls", "YES!", "Yes please 👍", "Yep!")
#: Seconds into a minute at which the day begins: so the reminder, which falls on a minute, comes at the same moment.
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
    stage.tell("Morning: twelve agents, each with nothing but WhatsApp", 0.5)
    for name in AGENTS:
        stage.hires(name, rating=round(stage.dice.uniform(3.5, 5), 1))
        stage.pause(0.25)
    stage.pause(1.5)
    for scene in (_race, _reminder, _refusal, _same_agent, _moved, _released, _off, _called_off, _evening):
        scene(stage)
    stage.tell("That was the day. All of it stays open: write on any phone", 0)


def _race(stage: Stage) -> None:
    stage.tell("John wants to see an apartment: everybody is asked, the first YES gets it")
    job = stage.asks(JOHN, APARTMENT, stage.in_days(2, 14), "Prefers the afternoon")
    runners = stage.dice.sample(AGENTS[:4], 3)
    for name in runners:
        stage.hears(name, job["code"])
    stage.pause(2.5)
    stage.tell("Three answer within a moment", 1)
    for name in runners:
        stage.writes(name, stage.dice.choice(YES))
        stage.pause(0.15)
    winner = stage.winners[JOHN] = stage.owner(job)
    stage.tell(f"{winner.split()[0]} was first, and alone learns the client's number", 2)
    stage.writes(winner, f"CONFIRM {job['code']}", after="is yours")
    stage.comes_to(job, "approved")
    stage.tell("Confirmed: John knows who comes")


def _reminder(stage: Stage) -> None:
    """A visit in half an hour and less than a minute: the reminder falls due while the day goes on."""
    soon = datetime.now(stage.zone) + timedelta(minutes=31)
    stage.tell("Grace wants to see a duplex, in half an hour")
    job = stage.asks(GRACE, DUPLEX, soon.replace(second=0, microsecond=0), "Ring twice")
    stage.writes("Emeka Udo", f"yes {job['code']} 🙏", after=job["code"])
    stage.writes("Emeka Udo", "ok", after="is yours")
    stage.comes_to(job, "approved")
    stage.tell("Emeka's “ok” answers what he was asked last: confirmed", 2)


def _refusal(stage: Stage) -> None:
    stage.tell("Pierre wants to see a studio. Not everybody can")
    job = stage.asks(PIERRE, STUDIO, stage.in_days(1, 11))
    stage.writes("Dayo Cole", f"no {job['code']}, sorry", after=job["code"])
    stage.writes("Funmi Ojo", f"Yes {job['code']}", after=job["code"])
    stage.writes("Funmi Ojo", f"confirm {job['code']}", after="is yours")
    stage.comes_to(job, "approved")


def _same_agent(stage: Stage) -> None:
    stage.tell("John books one more: his agent alone is asked, for five minutes")
    job = stage.asks(JOHN, TERRACE, stage.in_days(2, 16))
    keeper = stage.winners[JOHN]
    stage.writes(keeper, f"YES {job['code']}", after=job["code"])
    stage.writes(keeper, f"CONFIRM {job['code']}", after=f"*{job['code']}* is yours")
    stage.comes_to(job, "approved")


def _moved(stage: Stage) -> None:
    stage.tell("Ana wants to see a bungalow …")
    job = stage.asks(ANA, BUNGALOW, stage.in_days(3, 9, 30))
    stage.writes("Ify Nwosu", f"yes {job['code']}", after=job["code"])
    stage.writes("Ify Nwosu", f"Confirm {job['code']}", after="is yours")
    stage.comes_to(job, "approved")
    stage.tell("… and moves it: her agent is asked again")
    stage.moves(job, stage.in_days(3, 15))
    stage.writes("Ify Nwosu", f"confirm {job['code']}", after="has moved")
    stage.comes_to(job, "approved")


def _released(stage: Stage) -> None:
    stage.tell("Kofi wants to see a penthouse. Gozie takes it, and can't make it after all")
    job = stage.asks(KOFI, PENTHOUSE, stage.in_days(1, 17))
    stage.writes("Gozie Ike", f"yes {job['code']}", after=job["code"])
    stage.writes("Gozie Ike", "I can't make it", after="is yours")
    stage.writes("Kemi Balogun", f"Yes {job['code']}", after="Open again")
    stage.writes("Kemi Balogun", f"confirm {job['code']}", after="is yours")
    stage.comes_to(job, "approved")
    stage.tell("The others were asked again: Kemi goes, and Kofi hears of her alone", 2)


def _off(stage: Stage) -> None:
    stage.tell("Halima's phone is off. Mary wants to see a studio")
    stage.switches("Halima Bello", "off", on=True)
    job = stage.asks(MARY, STUDIO, stage.in_days(4, 10))
    stage.writes("Jide Alabi", f"yes {job['code']}", after=job["code"])
    stage.comes_to(job, "assigned")
    stage.tell("Halima's phone is on again: late, she learns that it is taken", 1)
    stage.switches("Halima Bello", "off", on=False)
    stage.hears("Halima Bello", f"*{job['code']}* has gone")
    stage.writes("Halima Bello", f"Yes {job['code']}!", after=f"*{job['code']}* has gone")
    stage.pause(2)
    stage.writes("Jide Alabi", f"confirm {job['code']}")
    stage.comes_to(job, "approved")


def _called_off(stage: Stage) -> None:
    stage.tell("Pierre wants a second look, and thinks better of it: everybody is told once")
    job = stage.asks(PIERRE, TERRACE, stage.in_days(5, 12))
    stage.hears("Funmi Ojo", job["code"])
    stage.pause(2)
    stage.cancels(job, "The client has decided otherwise")
    stage.hears("Funmi Ojo", f"*{job['code']}* has been withdrawn")
    stage.pause(2)


def _evening(stage: Stage) -> None:
    stage.tell("Half an hour before the visit: Emeka and Grace are reminded", 1)
    stage.hears("Emeka Udo", "Reminder", patience=150)
    stage.pause(2)
    stage.writes("Emeka Udo", "begin")
    stage.tell("Emeka is there …", 2)
    stage.writes("Emeka Udo", "done ✅", after="Reply *COMPLETE")
    stage.hears("Grace Hall", "complete")
    stage.tell("… and done", 3)


def main() -> None:
    """Play the day once, then leave all as it is until the desk closes."""
    stage = Stage(settings(), SEED)
    try:
        stage.tell("Before the day: Meta approves every wording as a template; the 24 hours count", 0)
        stage.becomes_real()
        if stage.speed == 1:
            time.sleep((BEGINS_AT - time.time()) % 60)
        play(stage)
    except StageError as error:
        print(f"The day stopped: {error}", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
