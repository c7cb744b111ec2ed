"""REST routes and the WebSocket of the outside contract."""
