import base64
import json

from flask import Flask, request

app = Flask(__name__)


@app.route("/load", methods=["POST"])
def load():
    state = json.loads(base64.b64decode(request.cookies["state"]))
    return {"name": state["name"]}
