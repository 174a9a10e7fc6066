"""The phones page: all phones' WhatsApp in one browser window, with the desk's activity below them."""
