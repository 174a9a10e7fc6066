"""Decisions about offers.

offering: states of agents and offers, and the order in which agents are asked.
"""
