import xml.sax
from io import StringIO

from flask import Flask, request

app = Flask(__name__)


@app.post("/feed")
def feed():
    parser = xml.sax.make_parser()
    parser.setFeature(xml.sax.handler.feature_external_ges, False)
    parser.setContentHandler(xml.sax.ContentHandler())
    parser.parse(StringIO(request.get_data(as_text=True)))
    return {"ok": True}
