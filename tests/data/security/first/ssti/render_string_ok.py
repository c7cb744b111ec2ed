from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.route("/card")
def card():
    return render_template_string("<b>{{ text }}</b>", text=request.args.get("text"))
