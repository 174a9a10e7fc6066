"""Texts to clients call the appointment a visit; the agents' word is the one for a survey."""

import pytest

from dispatch.rules.outbox.kinds import KINDS, To
from dispatch.wording.catalogue import catalogue


@pytest.mark.parametrize(("language", "word"), [("fr", "inspection"), ("pt", "vistoria")])
def test_texts_to_clients_avoid_the_agents_word_for_a_survey(language, word):
    to_clients = [name for name, kind in KINDS.items() if kind.to in (To.CLIENT, To.STRANGER)]
    assert len(to_clients) > 5
    assert [name for name in to_clients if word in catalogue(language).text(name).lower()] == []
