from ldap3 import ALL, Connection, Server
from django.http import JsonResponse


def find(request):
    conn = Connection(Server("directory", get_info=ALL), auto_bind=True)
    conn.search("dc=example,dc=test", f"(mail={request.GET['mail']})", attributes=["cn"])
    return JsonResponse({"found": len(conn.entries)})
