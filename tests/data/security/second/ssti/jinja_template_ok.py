from fastapi import FastAPI, Request
from jinja2 import Template

app = FastAPI()
MAIL = Template("Dear {{ name }}")


@app.post("/mail")
async def mail(request: Request):
    form = await request.form()
    return {"text": MAIL.render(name=form["body"])}
