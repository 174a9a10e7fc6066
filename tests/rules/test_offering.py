"""In which order a job's offers go out."""

from dataclasses import dataclass

import pytest

from dispatch.rules import offering


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


@pytest.mark.parametrize(
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
def test_the_order(zone, names):
    assert [somebody.name for somebody in offering.in_order(PEOPLE, zone)] == names


def test_nobody_is_left_out_and_nobody_is_fine():
    assert len(offering.in_order(PEOPLE, LEKKI)) == len(PEOPLE)
    assert offering.in_order([], LEKKI) == []
