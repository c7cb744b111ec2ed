import yaml
from aiohttp import web


async def handle(request):
    text = await request.text()
    data = yaml.load(text, Loader=yaml.Loader)
    return web.json_response({"keys": list(data)})
