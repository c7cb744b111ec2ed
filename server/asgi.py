"""The API's address for ASGI servers: `server.asgi:app`."""

from server.app import create_app

app = create_app()
