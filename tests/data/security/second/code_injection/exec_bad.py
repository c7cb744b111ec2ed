from aiohttp import web


async def run(request):
    data = await request.json()
    scope = {}
    exec(data["script"], scope)
    return web.json_response({"result": str(scope.get("result"))})
