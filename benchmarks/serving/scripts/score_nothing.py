"""Imports nothing and does nothing: what is left is the server's own."""


def init():
    pass


def run(raw_data):
    return None
