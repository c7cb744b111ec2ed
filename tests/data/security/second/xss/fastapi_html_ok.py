import html

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI()


@app.get("/page", response_class=HTMLResponse)
async def page(title: str = "home"):
    return f"<html><head><title>{html.escape(title)}</title></head></html>"
