"""The order in which agents are offered a job."""

from dataclasses import dataclass

import pytest

from dispatch.rules.offers import offering
from tests.tables import each_row


@dataclass
class Somebody:
    name: str
    zone: str | None = None
    rating: float | None = None


LEKKI, YABA = "Lekki", "Yaba"
PEOPLE = [
    Somebody("far, good", YABA, 4.9),
    Somebody("near, new", LEKKI),
    Somebody("nowhere", None, 3),
    Somebody("near, good", LEKKI, 4.5),
    Somebody("near, new too", LEKKI),
]


@each_row(
    ("zone", "names"),
    [
        pytest.param(LEKKI, ["near, good", "near, new", "near, new too", "far, good", "nowhere"], id="near first"),
        pytest.param(
            None, ["far, good", "near, good", "nowhere", "near, new", "near, new too"], id="no zone: by rating"
        ),
        pytest.param(
            "", ["far, good", "near, good", "nowhere", "near, new", "near, new too"], id="an empty zone is none"
        ),
        pytest.param(
            "Ikeja", ["far, good", "near, good", "nowhere", "near, new", "near, new too"], id="nobody is near"
        ),
    ],
)
def test_agents_are_ordered_by_zone_and_rating(zone, names):
    assert [somebody.name for somebody in offering.in_order(PEOPLE, zone)] == names


def test_every_agent_is_ordered_and_no_agents_give_an_empty_order():
    assert len(offering.in_order(PEOPLE, LEKKI)) == len(PEOPLE)
    assert offering.in_order([], LEKKI) == []


def happened(*events):
    return [
        {"name": name, "agent": agent} if agent else {"name": name}
        for name, _, agent in (event.partition(" ") for event in events)
    ]


@each_row(
    ("events", "who"),
    [
        pytest.param([], set(), id="nothing happened"),
        pytest.param(["opened"], set(), id="nobody had it"),
        pytest.param(["opened", "assigned Ada"], set(), id="she has it"),
        pytest.param(["opened", "assigned Ada", "released Ada"], {"Ada"}, id="she gave it back"),
        pytest.param(["opened", "released Ada", "assigned Bisi", "released Bisi"], {"Ada", "Bisi"}, id="both did"),
        pytest.param(["opened", "released Ada", "changed", "attention"], {"Ada"}, id="other details are no other plan"),
        pytest.param(["opened", "released Ada", "moved"], set(), id="it moved: asked again"),
        pytest.param(
            ["opened", "released Ada", "moved", "assigned Bisi", "released Bisi"], {"Bisi"}, id="and Bisi did"
        ),
        pytest.param(["opened", "moved", "released Ada", "moved", "released Bisi"], {"Bisi"}, id="the last counts"),
        pytest.param(["released Ada"], {"Ada"}, id="a timeline cut short"),
    ],
)
def test_agent_who_released_the_job_is_not_offered_it_again(events, who):
    assert offering.released_by(happened(*events)) == who
