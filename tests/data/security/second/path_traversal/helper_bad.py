from flask import Flask, request, send_file

app = Flask(__name__)


def full(name):
    return "/srv/reports/" + name


@app.route("/report")
def report():
    return send_file(full(request.args.get("name")))
