from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.orm import Session

from database import get_session

app = FastAPI()


@app.get("/orders")
def orders(status: str, session: Session = Depends(get_session)):
    statement = text("SELECT * FROM orders WHERE status = :status")
    return session.execute(statement, {"status": status}).mappings().all()
