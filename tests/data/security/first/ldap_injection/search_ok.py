import ldap
import ldap.filter
from flask import Flask, request

app = Flask(__name__)


@app.route("/people")
def people():
    con = ldap.initialize("ldap://directory")
    query = "(&(objectclass=person)(uid=" + ldap.filter.escape_filter_chars(request.args["uid"]) + "))"
    return {"found": len(con.search_s("ou=users", ldap.SCOPE_SUBTREE, query))}
