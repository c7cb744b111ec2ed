from aiohttp import web

SCRIPTS = {"sum": "result = 1 + 1", "zero": "result = 0"}


async def run(request):
    data = await request.json()
    scope = {}
    exec(SCRIPTS[data["script"]], scope)
    return web.json_response({"result": str(scope.get("result"))})
