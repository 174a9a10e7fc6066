"""Agents and clients: what follows when their details or status change.

addresses: numbers and user ids that turn out to be one person's.
agents: status, numbers and pauses of agents, and the offers that begin or end with them.
clients: changed details of a client reach the open jobs.
decisions: opt-outs, opt-ins and reachability of an address, and what follows for its agent.
silences: copies the silence of an address to its agent and clients.
"""
