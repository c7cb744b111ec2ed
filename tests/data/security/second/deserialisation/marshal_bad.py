import marshal
import socket


def serve():
    server = socket.create_server(("127.0.0.1", 9999))
    client, _ = server.accept()
    code = marshal.loads(client.recv(65536))
    return code
