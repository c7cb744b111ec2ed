import re

from flask import Flask, request

app = Flask(__name__)
NAME = re.compile(r"^(\w+\s?)+$")


@app.route("/check")
def check():
    return {"ok": bool(NAME.match(request.args["name"]))}
