"""Stories: what the platform asks, what people write, what they are told, and how everything stands then."""
