import re

from django.http import JsonResponse

EMAIL = re.compile(r"^([a-zA-Z0-9]+)+@test\.org$")


def check(request):
    return JsonResponse({"ok": EMAIL.match(request.GET["mail"]) is not None})
