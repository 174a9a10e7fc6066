"""Access: whether a request may call a route.

keys: the API key, and the routes that are public.
"""
