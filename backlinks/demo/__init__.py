"""The invented web: a small internet on loopback, made from a number, that knows its own true graph."""

from .model import Answer, Expected, TrueLink, Web
from .plain import Size
from .served import Served, serve_invented_web, serve_web
from .server import Access, Server, serve
from .truth import Limits
from .web import InventedWeb

__all__ = [
    "Access",
    "Answer",
    "Expected",
    "InventedWeb",
    "Limits",
    "Served",
    "Server",
    "Size",
    "TrueLink",
    "Web",
    "serve",
    "serve_invented_web",
    "serve_web",
]
