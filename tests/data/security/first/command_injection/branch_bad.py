import os
from flask import Flask, request

app = Flask(__name__)


@app.post("/run")
def run():
    value = request.form.get("name")
    number = 86
    if (7 * 42) - number > 200:
        command = value
    else:
        command = "ls"
    os.system("echo " + command)
    return "done"
