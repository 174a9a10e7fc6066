"""Every point: each action of the product is killed at each of its writes and sends, and comes to the same end."""
