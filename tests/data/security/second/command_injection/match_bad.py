import os

from flask import Flask, request

app = Flask(__name__)


@app.get("/m")
def m():
    given = request.cookies.get("c", "")
    letters = "ABC"
    match letters[0]:
        case "A":
            value = given
        case "B":
            value = "bob"
        case _:
            value = "none"
    os.popen("finger " + value)
    return {"ok": 1}
