import elementpath
from defusedxml import ElementTree
from flask import Flask, request

app = Flask(__name__)


@app.route("/emp")
def emp():
    root = ElementTree.parse("emp.xml")
    query = f"/Employees/Employee[@id='{request.headers.get('X-Id')}']"
    return {"n": len(elementpath.select(root, query))}
