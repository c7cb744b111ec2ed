import base64
import pickle

from flask import Flask, request

app = Flask(__name__)


@app.route("/load", methods=["POST"])
def load():
    state = pickle.loads(base64.b64decode(request.cookies["state"]))
    return {"name": state.name}
