from django.db import connection
from django.http import JsonResponse


def search(request):
    order = request.GET["order"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, title FROM posts ORDER BY %s" % order)
        return JsonResponse({"rows": cursor.fetchall()})
