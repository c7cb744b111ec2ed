from flask import Flask, request
from lxml import etree

app = Flask(__name__)
TREE = etree.parse("people.xml")


@app.route("/person")
def person():
    nodes = TREE.xpath("/people/person[@name='" + request.args["name"] + "']")
    return {"count": len(nodes)}
