"""A desk to try the product on: everything it needs from outside, pretended on this machine."""
