import shlex
import subprocess
from fastapi import FastAPI

app = FastAPI()


@app.get("/ping")
def ping(host: str):
    done = subprocess.run(f"ping -c 1 {shlex.quote(host)}", shell=True, capture_output=True, text=True)
    return {"out": done.stdout}
