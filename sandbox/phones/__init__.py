"""The phones page: all phones' WhatsApp in one browser window, with the desk's activity below them.

desk: forwards the page's calls to the desk's API.
routes: serves the page, its files and its event stream.
"""
