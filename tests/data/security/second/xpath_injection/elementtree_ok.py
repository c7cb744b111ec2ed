import elementpath
from defusedxml import ElementTree
from flask import Flask, request

app = Flask(__name__)


@app.route("/emp")
def emp():
    root = ElementTree.parse("emp.xml")
    number = request.headers.get("X-Id", "")
    if not number.isdigit():
        return {"n": 0}
    query = f"/Employees/Employee[@id='{number}']"
    return {"n": len(elementpath.select(root, query))}
