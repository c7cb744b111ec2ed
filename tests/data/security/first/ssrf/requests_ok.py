from urllib.parse import urlparse

import requests
from flask import Flask, abort, request

app = Flask(__name__)
HOSTS = ("api.partner.test", "cdn.partner.test")


@app.route("/fetch")
def fetch():
    url = request.args["url"]
    if urlparse(url).hostname not in HOSTS:
        abort(400)
    return {"text": requests.get(url, timeout=5).text}
