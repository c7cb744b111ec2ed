import os
from flask import Flask, request
from werkzeug.utils import secure_filename

app = Flask(__name__)
BASE = "/srv/files"


@app.route("/read")
def read():
    with open(os.path.join(BASE, secure_filename(request.args["file"]))) as handle:
        return {"text": handle.read()}
