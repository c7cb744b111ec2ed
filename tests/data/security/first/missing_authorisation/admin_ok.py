from flask import Flask
from flask_login import login_required
from models import User, db

app = Flask(__name__)


@app.get("/users")
@login_required
def users():
    return {"users": [user.name for user in User.query.all()]}


@app.delete("/admin/users/<int:number>")
@login_required
def delete_user(number):
    db.session.delete(User.query.get(number))
    db.session.commit()
    return {"ok": True}
