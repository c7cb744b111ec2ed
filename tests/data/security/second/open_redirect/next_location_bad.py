from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.get("/leave")
def leave(request: Request, response: Response) -> dict[str, str]:
    response.status_code = 302
    response.headers["Location"] = request.query_params["next"]
    return {}
