"""Agents and clients: what follows when their details or status change."""
