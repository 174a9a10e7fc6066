"""Texts to clients call the appointment a visit; a survey is the agents' word."""

import pytest

from dispatch.wording.catalogue import catalogue, kinds


@pytest.mark.parametrize(("language", "word"), [("fr", "inspection"), ("pt", "vistoria")])
def test_texts_to_clients_avoid_the_agents_word_for_a_survey(language, word):
    for key in kinds("clients") | kinds("strangers"):
        assert word not in catalogue(language).text(key), key
