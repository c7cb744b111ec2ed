from flask import Flask, request
from models import User, db

app = Flask(__name__)


@app.patch("/users/<int:number>")
def update(number):
    user = User.query.get(number)
    for key, value in request.json.items():
        setattr(user, key, value)
    db.session.commit()
    return {"ok": True}
