import flask

app = flask.Flask(__name__)


@app.route("/pref", methods=["POST"])
def pref():
    flask.session[flask.request.form["key"]] = "1"
    return "saved"
