import os
from flask import Flask, request

app = Flask(__name__)
BASE = "/srv/files"


@app.route("/read")
def read():
    with open(os.path.join(BASE, request.args["file"])) as handle:
        return {"text": handle.read()}
