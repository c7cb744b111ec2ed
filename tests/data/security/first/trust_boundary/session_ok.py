from flask import Flask, request, session

app = Flask(__name__)


@app.route("/role", methods=["POST"])
def role():
    session["role"] = "admin" if request.form["role"] == "admin" else "guest"
    return "ok"
