"""PostgreSQL and Valkey from Python wheels, started by our own launcher when no URL is given."""

from service.embedded.postgres import start_postgres
from service.embedded.process import Server, ServerError
from service.embedded.servers import Servers
from service.embedded.valkey import start_valkey

__all__ = ["Server", "ServerError", "Servers", "start_postgres", "start_valkey"]
