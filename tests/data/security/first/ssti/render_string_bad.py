from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.route("/card")
def card():
    template = "<b>%s</b>" % request.args.get("text")
    return render_template_string(template)
