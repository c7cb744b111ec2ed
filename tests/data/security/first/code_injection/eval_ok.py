import ast
from flask import Flask, request

app = Flask(__name__)


def compute(expression):
    return ast.literal_eval(expression)


@app.route("/calc")
def calc():
    return {"result": compute(request.args["q"])}
