from fastapi import FastAPI, Response
from pydantic import BaseModel

app = FastAPI()
ROWS: list["Note"] = []


class Note(BaseModel):
    title: str


@app.post("/notes", status_code=201)
def create(note: Note, response: Response) -> Note:
    ROWS.append(note)
    response.headers["Location"] = f"/notes/{note.title}"
    return note
