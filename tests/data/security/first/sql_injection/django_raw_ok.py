from django.db import connection
from django.http import JsonResponse

COLUMNS = {"title", "created"}


def search(request):
    order = request.GET["order"]
    if order not in COLUMNS:
        order = "title"
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, title FROM posts ORDER BY %s" % order)
        return JsonResponse({"rows": cursor.fetchall()})
