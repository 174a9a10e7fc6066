"""Agents and clients: what follows when their details or status change.

agents: status, opt-outs and pauses of agents, and the offers that begin or end with them.
clients: changed details of a client reach the open jobs.
"""
