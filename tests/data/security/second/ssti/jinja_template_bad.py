from fastapi import FastAPI, Request
from jinja2 import Template

app = FastAPI()


@app.post("/mail")
async def mail(request: Request):
    form = await request.form()
    return {"text": Template(form["body"]).render(name="you")}
