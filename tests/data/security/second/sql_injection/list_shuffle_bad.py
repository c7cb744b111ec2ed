from flask import Flask, request

import pool

app = Flask(__name__)


@app.route("/a", methods=["POST"])
def a():
    parts = []
    parts.append("safe")
    parts.append(request.form.get("p"))
    parts.append("more")
    parts.pop(0)
    chosen = parts[0]
    cursor = pool.connection().cursor()
    cursor.execute(f"UPDATE t SET x = '{chosen}'")
    return "ok"
