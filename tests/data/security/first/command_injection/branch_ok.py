import os
from flask import Flask, request

app = Flask(__name__)


@app.post("/run")
def run():
    value = request.form.get("name")
    number = 106
    if (7 * 18) + number > 200:
        command = "ls"
    else:
        command = value
    os.system("echo " + command)
    return "done"
