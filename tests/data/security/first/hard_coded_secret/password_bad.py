import psycopg


def connect():
    return psycopg.connect(host="db", user="app", password="{{FAKE:word}}")
