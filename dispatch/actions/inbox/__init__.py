"""Inbound messages: how they are saved, understood and answered."""
