from ldap3 import ALL, Connection, Server
from ldap3.utils.conv import escape_filter_chars
from django.http import JsonResponse


def find(request):
    conn = Connection(Server("directory", get_info=ALL), auto_bind=True)
    mail = escape_filter_chars(request.GET["mail"])
    conn.search("dc=example,dc=test", f"(mail={mail})", attributes=["cn"])
    return JsonResponse({"found": len(conn.entries)})
