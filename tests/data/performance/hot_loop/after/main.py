"""Words that two texts have in common, by a set."""

from fastapi import FastAPI

app = FastAPI()
FIRST = [f"word{n * 7 % 4001}" for n in range(1600)]
SECOND = [f"word{n * 11 % 4001}" for n in range(1600)]


def common(left: list[str], right: list[str]) -> list[str]:
    known = set(right)
    return [word for word in left if word in known]


@app.get("/common")
def in_common() -> dict:
    return {"count": len(common(FIRST, SECOND))}


@app.get("/sizes")
def sizes() -> dict:
    return {"first": len(FIRST), "second": len(SECOND)}
