"""The phones page: everybody's WhatsApp in one browser window, and behind it what the desk does."""
