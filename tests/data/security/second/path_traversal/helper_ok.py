import os

from flask import Flask, abort, request, send_file

app = Flask(__name__)


def full(name):
    path = os.path.realpath(os.path.join("/srv/reports", name))
    if not path.startswith("/srv/reports/"):
        abort(404)
    return path


@app.route("/report")
def report():
    return send_file(full(request.args.get("name")))
