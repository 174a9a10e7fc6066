"""Pages in Chromium, as people use them."""
