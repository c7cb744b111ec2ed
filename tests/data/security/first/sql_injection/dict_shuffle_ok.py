from flask import Blueprint, request
from db import get_connection

bp = Blueprint("report", __name__)


@bp.post("/report")
def report():
    values = {"fixed": "open", "given": request.form["status"]}
    chosen = values["fixed"]
    sql = f"SELECT * FROM tickets WHERE status = '{chosen}'"
    con = get_connection()
    return {"rows": con.execute(sql).fetchall()}
