import flask

app = flask.Flask(__name__)


@app.route("/pref", methods=["POST"])
def pref():
    key = flask.request.form["key"]
    if key not in ("dark", "compact"):
        flask.abort(400)
    flask.session[key] = "1"
    return "saved"
