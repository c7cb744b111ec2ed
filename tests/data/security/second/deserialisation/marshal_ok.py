import json
import socket


def serve():
    server = socket.create_server(("127.0.0.1", 9999))
    client, _ = server.accept()
    return json.loads(client.recv(65536))
