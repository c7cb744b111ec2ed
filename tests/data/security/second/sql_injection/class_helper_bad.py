import sqlite3
from http.server import BaseHTTPRequestHandler


class Store:
    def __init__(self, table):
        self.table = table
        self.con = sqlite3.connect("data.db")

    def find(self, value):
        query = "SELECT * FROM " + self.table + " WHERE id = " + value
        return self.con.execute(query).fetchall()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        rows = Store("items").find(body)
        self.send_response(200 if rows else 404)
        self.end_headers()
