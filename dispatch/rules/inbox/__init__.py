"""Decisions about inbound messages: words, buttons, codes, and the acts that they stand for."""
