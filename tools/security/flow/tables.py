"""Names that the flow pass knows: where outside data comes in, what makes it harmless, where it does harm."""

from __future__ import annotations

import re
from dataclasses import dataclass

from memory.records.report import Severity
from tools.security.flow.values import ALL, Source

SQL, COMMAND, CODE, XSS, SSTI, PATH, SSRF = "sql", "command", "code", "xss", "ssti", "path", "ssrf"
DESERIALISE, XXE, LDAP, XPATH, REDIRECT = "deserialise", "xxe", "ldap", "xpath", "redirect"
TRUST, MASS, REGEX, LOG, HEADER, ORIGIN = "trust", "mass", "regex", "log", "header", "origin"
NOSQL, NAN, CELL = "nosql", "nan", "cell"


@dataclass(frozen=True)
class Kind:
    cwe: int
    rule: str
    severity: Severity
    what: str
    fix: str


KINDS = {
    SQL: Kind(89, "sql-injection", Severity.HIGH, "a SQL statement", "Pass it as a parameter of the statement."),
    NOSQL: Kind(
        943, "nosql-injection", Severity.HIGH, "a database's query", "Take texts only: str(value), or a schema's field."
    ),
    COMMAND: Kind(
        78, "command-injection", Severity.HIGH, "a command line", "Give a list of arguments, without a shell."
    ),
    CODE: Kind(
        94, "code-injection", Severity.HIGH, "code that is run", "Do not evaluate it; ast.literal_eval for data."
    ),
    XSS: Kind(79, "cross-site-scripting", Severity.MEDIUM, "HTML", "Escape it (markupsafe.escape) or use a template."),
    SSTI: Kind(1336, "template-injection", Severity.HIGH, "a template's text", "Keep the template constant."),
    PATH: Kind(22, "path-traversal", Severity.HIGH, "a file's path", "Resolve it and check is_relative_to(base)."),
    SSRF: Kind(918, "server-side-request-forgery", Severity.HIGH, "a request's address", "Allow known hosts only."),
    DESERIALISE: Kind(502, "unsafe-deserialisation", Severity.HIGH, "an object loader", "Use JSON or a safe loader."),
    XXE: Kind(611, "xml-external-entities", Severity.HIGH, "an XML parser", "Parse with defusedxml."),
    LDAP: Kind(90, "ldap-injection", Severity.HIGH, "an LDAP query", "Escape it with escape_filter_chars."),
    XPATH: Kind(643, "xpath-injection", Severity.HIGH, "an XPath query", "Pass it as an XPath variable."),
    REDIRECT: Kind(
        601, "open-redirect", Severity.MEDIUM, "a redirect's target", "Allow own paths or known hosts only."
    ),
    TRUST: Kind(501, "trust-boundary", Severity.MEDIUM, "the session", "Check it against allowed values first."),
    MASS: Kind(915, "mass-assignment", Severity.HIGH, "an object's attributes", "Name the fields that may be set."),
    REGEX: Kind(1333, "regex-denial-of-service", Severity.MEDIUM, "a slow pattern", "Make the pattern unambiguous."),
    LOG: Kind(117, "log-injection", Severity.LOW, "a log line", "Log it with %r or remove line breaks."),
    NAN: Kind(704, "nan-from-outside", Severity.LOW, "a number", "Refuse what is not math.isfinite."),
    CELL: Kind(1236, "formula-injection", Severity.LOW, "a table's cell", "Put ' before =, +, - and @."),
    HEADER: Kind(113, "header-injection", Severity.LOW, "a response header", "Remove line breaks."),
    ORIGIN: Kind(942, "cors-open", Severity.MEDIUM, "the origin that may read answers", "Allow known origins only."),
}


@dataclass(frozen=True)
class Sink:
    kind: str
    positions: tuple[int, ...] = (0,)
    keywords: tuple[str, ...] = ()


def _sinks(kind: str, names: str, positions: tuple[int, ...] = (0,), keywords: tuple[str, ...] = ()) -> dict[str, Sink]:
    return dict.fromkeys(names.split(), Sink(kind, positions, keywords))


FUNCTION_SINKS: dict[str, Sink] = {
    **_sinks(COMMAND, "os.system os.popen os.popen2 os.popen3 os.popen4 os.startfile", keywords=("command", "cmd")),
    **_sinks(COMMAND, "subprocess.getoutput subprocess.getstatusoutput commands.getoutput commands.getstatusoutput"),
    **_sinks(COMMAND, "asyncio.create_subprocess_shell popen2.popen2 popen2.popen3 pty.spawn", keywords=("cmd",)),
    **_sinks(COMMAND, "asyncio.subprocess.create_subprocess_shell", keywords=("cmd",)),
    **_sinks(COMMAND, "platform.popen popen2.popen4 popen2.Popen3 popen2.Popen4"),
    **_sinks(CODE, "_testcapi.run_in_subinterp test.support.run_in_subinterp"),
    **_sinks(CODE, "_xxsubinterpreters.run_string interpreters.run_string", (1,)),
    **_sinks(CODE, "eval exec compile builtins.eval builtins.exec timeit.timeit __import__ runpy.run_path"),
    **_sinks(CODE, "importlib.import_module code.interact cProfile.run profile.run pdb.run numexpr.evaluate"),
    **_sinks(SSTI, "flask.render_template_string jinja2.Template mako.template.Template tornado.template.Template"),
    **_sinks(SSTI, "django.template.Template jinja2.environment.Template", keywords=("source", "text")),
    **_sinks(PATH, "open io.open codecs.open os.open os.remove os.unlink os.rmdir os.mkdir os.makedirs os.listdir"),
    **_sinks(
        PATH, "os.scandir os.walk os.chmod os.removedirs os.truncate os.readlink shutil.rmtree", keywords=("path",)
    ),
    **_sinks(PATH, "os.path.exists os.path.isfile os.path.isdir os.path.getsize os.path.getmtime os.stat"),
    **_sinks(PATH, "django.core.files.storage.FileSystemStorage", (0,), ("location",)),
    **_sinks(PATH, "gzip.open bz2.open lzma.open zipfile.ZipFile tarfile.open aiofiles.open linecache.getlines"),
    **_sinks(
        PATH, "os.rename os.replace os.link os.symlink shutil.copy shutil.copyfile shutil.copy2 shutil.move", (0, 1)
    ),
    **_sinks(PATH, "shutil.copytree", (0, 1)),
    **_sinks(PATH, "flask.send_file fastapi.responses.FileResponse starlette.responses.FileResponse", (0,), ("path",)),
    **_sinks(PATH, "aiohttp.web.FileResponse django.http.FileResponse fileinput.input", keywords=("files",)),
    **_sinks(SSRF, "urllib.request.urlopen urllib.request.Request urllib.request.urlretrieve urllib2.urlopen"),
    **_sinks(SSRF, "urllib.urlopen http.client.HTTPConnection http.client.HTTPSConnection pycurl.Curl", (0,), ("url",)),
    **_sinks(SSRF, "urllib3.HTTPConnectionPool urllib3.HTTPSConnectionPool urllib3.ProxyManager", (0,), ("host",)),
    **_sinks(SSRF, "urllib3.connection_from_url urllib3.connectionpool.connection_from_url", (0,), ("url",)),
    **_sinks(SSRF, "urllib3.connection.HTTPConnection urllib3.connection.HTTPSConnection", (0,), ("host", "proxy")),
    **_sinks(SSRF, "aiohttp.ClientSession", (0,), ("base_url",)),
    **_sinks(SSRF, "httpx.Client httpx.AsyncClient", (99,), ("base_url",)),
    **_sinks(SSRF, "requests.Request aiohttp.request", (1,), ("url",)),
    **_sinks(SSRF, "websocket.create_connection websockets.connect", (0,), ("uri", "url")),
    **_sinks(SSRF, "wget.download urllib.request.URLopener().open"),
    **_sinks(DESERIALISE, "pickle.loads pickle.load cPickle.loads cPickle.load _pickle.loads dill.loads dill.load"),
    **_sinks(
        DESERIALISE, "cloudpickle.loads cloudpickle.load marshal.loads marshal.load shelve.open jsonpickle.decode"
    ),
    **_sinks(
        DESERIALISE, "jsonpickle.loads yaml.unsafe_load yaml.unsafe_load_all yaml.full_load yaml.load yaml.load_all"
    ),
    **_sinks(DESERIALISE, "pickle.Unpickler joblib.load torch.load pandas.read_pickle numpy.load numpy.loads"),
    **_sinks(XXE, "xml.etree.ElementTree.fromstring xml.etree.ElementTree.parse xml.etree.ElementTree.XML"),
    **_sinks(XXE, "xml.etree.ElementTree.iterparse xml.etree.cElementTree.fromstring xml.dom.minidom.parseString"),
    **_sinks(XXE, "xml.dom.minidom.parse xml.dom.pulldom.parseString xml.dom.pulldom.parse xml.sax.parseString"),
    **_sinks(XXE, "xml.sax.parse xml.dom.expatbuilder.parseString lxml.etree.fromstring lxml.etree.parse"),
    **_sinks(XXE, "lxml.etree.XML lxml.etree.iterparse lxml.objectify.fromstring lxml.objectify.parse"),
    **_sinks(XXE, "xmltodict.parse"),
    **_sinks(XPATH, "lxml.etree.XPath lxml.etree.ETXPath", (0,), ("path",)),
    **_sinks(XPATH, "elementpath.select elementpath.Selector elementpath.iter_select", (0, 1), ("path",)),
    **_sinks(REDIRECT, "flask.redirect werkzeug.utils.redirect django.shortcuts.redirect bottle.redirect"),
    **_sinks(REDIRECT, "django.http.HttpResponseRedirect django.http.HttpResponsePermanentRedirect"),
    **_sinks(REDIRECT, "fastapi.responses.RedirectResponse starlette.responses.RedirectResponse", keywords=("url",)),
    **_sinks(
        REDIRECT, "aiohttp.web.HTTPFound aiohttp.web.HTTPSeeOther sanic.response.redirect", keywords=("location",)
    ),
    **_sinks(XSS, "markupsafe.Markup flask.Markup django.utils.safestring.mark_safe django.http.HttpResponse"),
    **_sinks(XSS, "fastapi.responses.HTMLResponse starlette.responses.HTMLResponse", keywords=("content",)),
    **_sinks(XSS, "django.utils.safestring.SafeString django.http.HttpResponseBadRequest sanic.response.html"),
    **_sinks(XSS, "django.http.HttpResponseForbidden django.http.HttpResponseServerError"),
    **_sinks(XSS, "django.http.HttpResponseNotFound", keywords=("content",)),
    **_sinks(
        SQL, "sqlalchemy.text sqlalchemy.sql.text pandas.read_sql pandas.read_sql_query", keywords=("sql", "text")
    ),
    **_sinks(SQL, "django.db.models.expressions.RawSQL peewee.RawQuery peewee.SQL", keywords=("sql",)),
    **_sinks(
        LOG, "logging.info logging.warning logging.error logging.debug logging.critical logging.exception", (0, 1)
    ),
}
"""Found by their full name."""

MODEL_FILES = frozenset(["torch.load", "joblib.load", "pandas.read_pickle", "numpy.load", "shelve.open"])
"""Given a path: a file that the code names is not proved harmless by that."""
HTTP_VERBS = "get post put patch delete head options request stream"
for _library in ("requests", "httpx", "urllib3"):
    for _verb in HTTP_VERBS.split():
        _place = (1,) if _verb in {"request", "stream"} else (0,)
        FUNCTION_SINKS[f"{_library}.{_verb}"] = Sink(SSRF, _place, ("url",))

METHOD_SINKS: dict[str, Sink] = {
    **_sinks(
        SQL, "execute executemany executescript exec_driver_sql mogrify fetchrow fetchval", keywords=("sql", "query")
    ),
    **_sinks(SQL, "execute_sql raw_sql execute_async callproc", keywords=("sql", "query")),
    **_sinks(NOSQL, "find find_one find_one_and_update find_one_and_delete find_one_and_replace", keywords=("filter",)),
    **_sinks(NOSQL, "update_one update_many delete_one delete_many replace_one count_documents", keywords=("filter",)),
    **_sinks(NOSQL, "aggregate map_reduce", keywords=("pipeline",)),
    **_sinks(SQL, "raw query fetch where having order_by filter group_by distinct"),
    **_sinks(SQL, "extra", keywords=("where", "select", "tables", "order_by")),
    **_sinks(LDAP, "search_s search_st search_ext search_ext_s", (2, 0), ("filterstr", "base")),
    **_sinks(LDAP, "paged_search", (1, 0), ("search_filter", "search_base")),
    **_sinks(SSTI, "from_string"),
    **_sinks(PATH, "read_text read_bytes write_text write_bytes unlink rmdir iterdir rmtree touch", ()),
    **_sinks(PATH, "exists is_file is_dir", ()),
    **_sinks(COMMAND, "exec_command run_command exec_cmd run_cmd _run_cmd", (0,), ("command", "cmd")),
    **_sinks(COMMAND, "run_ssh _run_ssh ssh_exec _cli_run run_shell shell_exec", (0,), ("command", "cmd")),
    **_sinks(CODE, "runsource runcode"),
    **_sinks(SSRF, "connection_from_host connection_from_url set_tunnel", (0,), ("host", "url")),
    **_sinks(SSRF, "putrequest request_chunked", (1,), ("url",)),
    **_sinks(XPATH, "xpath findall_xpath xpathEval"),
}
"""Found by the method's name, whatever it is called on; `place` in sinks.py narrows them."""

SOURCE_CALLS = {
    "input": Source.INPUT,
    "raw_input": Source.INPUT,
    "os.getenv": Source.INPUT,
    "os.environ.get": Source.INPUT,
    "sys.stdin.read": Source.INPUT,
    "sys.stdin.readline": Source.INPUT,
    "sys.stdin.readlines": Source.INPUT,
    "sys.stdin.buffer.read": Source.INPUT,
    "fileinput.input": Source.INPUT,
    "getpass.getpass": Source.INPUT,
    "cgi.FieldStorage": Source.REQUEST,
    "bottle.request": Source.REQUEST,
}
SOURCE_METHODS = {
    "recv": Source.REQUEST,
    "recvfrom": Source.REQUEST,
    "recv_json": Source.REQUEST,
    "receive_text": Source.REQUEST,
    "receive_json": Source.REQUEST,
    "receive_bytes": Source.REQUEST,
    "get_argument": Source.REQUEST,
    "get_arguments": Source.REQUEST,
    "get_query_argument": Source.REQUEST,
    "get_body_argument": Source.REQUEST,
    "parse_args": Source.INPUT,
    "parse_known_args": Source.INPUT,
}
SOURCE_NAMES = {"sys.argv": Source.INPUT, "os.environ": Source.INPUT, "sys.stdin": Source.INPUT}
REQUEST_ROOTS = frozenset(
    {
        "flask.request",
        "flask.globals.request",
        "bottle.request",
        "quart.request",
        "$request",
        "web.input",
        "sanic.request",
    }
)
REQUEST_FIELDS = frozenset({"GET", "POST", "FILES", "COOKIES", "query_params"})
"""Of whatever is called a request, such as `self.request`."""
FORM_FIELDS = frozenset({"cleaned_data"})
"""What a form holds of its request, whoever made the form: checked for type, and for its fields' names."""
TRUSTED_FIELDS = frozenset(
    {
        *("method", "user", "app", "session", "state", "is_secure", "remote_addr", "client", "endpoint"),
        *("scheme", "blueprint", "url_rule", "is_ajax", "META_", "id", "is_json", "mimetype"),
        *("content_length", "resolver_match", "url_for", "config_dict", "match_info_", "loop"),
        *("transport", "registry", "db", "auth", "max_content_length", "content_type", "current_user"),
        *("accepts", "is_authenticated", "scope_", "base_url"),
    }
)  # fmt: skip
"""What a request object has that its sender does not choose, or that is checked elsewhere."""

_URL = frozenset({XSS, SSRF, REDIRECT, XPATH, LDAP, HEADER, LOG})
SANITISERS: dict[str, frozenset[str]] = {
    **dict.fromkeys(["shlex.quote", "pipes.quote", "mslex.quote"], frozenset({COMMAND})),
    **dict.fromkeys(
        [
            "html.escape",
            "markupsafe.escape",
            "markupsafe.escape_silent",
            "flask.escape",
            "flask.Markup.escape",
            "markupsafe.Markup.escape",
            "cgi.escape",
            "bleach.clean",
            "nh3.clean",
            "django.utils.html.escape",
            "django.utils.html.conditional_escape",
            "django.utils.html.strip_tags",
            "xml.sax.saxutils.escape",
            "xml.sax.saxutils.quoteattr",
            "werkzeug.utils.escape",
            "jinja2.escape",
            "django.utils.html.format_html",
            "tornado.escape.xhtml_escape",
            "bleach.linkify",
            "lxml.html.clean.clean_html",
        ],
        frozenset({XSS, XPATH}),
    ),
    **dict.fromkeys(["urllib.parse.quote", "urllib.parse.quote_plus", "urllib.parse.urlencode", "urllib.quote"], _URL),
    **dict.fromkeys(
        [
            "werkzeug.utils.secure_filename",
            "os.path.basename",
            "ntpath.basename",
            "posixpath.basename",
            "werkzeug.security.safe_join",
            "flask.safe_join",
            "django.utils._os.safe_join",
            "django.utils.text.get_valid_filename",
            "pathvalidate.sanitize_filename",
            "werkzeug.utils.safe_join",
        ],
        frozenset({PATH}),
    ),
    **dict.fromkeys(
        [
            "ldap.filter.escape_filter_chars",
            "ldap3.utils.conv.escape_filter_chars",
            "ldap.dn.escape_dn_chars",
            "ldap3.utils.dn.escape_rdn",
            "ldap.filter.filter_format",
        ],
        frozenset({LDAP}),
    ),
    **dict.fromkeys(["re.escape"], frozenset({REGEX})),
    **dict.fromkeys(["ast.literal_eval", "json.loads", "json.load", "yaml.safe_load"], frozenset({CODE})),
    **dict.fromkeys(
        ["psycopg2.sql.Identifier", "psycopg.sql.Identifier", "psycopg2.sql.Literal", "psycopg.sql.Literal"],
        frozenset({SQL}),
    ),
    **dict.fromkeys(
        [
            "int",
            "float",
            "bool",
            "len",
            "hash",
            "ord",
            "round",
            "abs",
            "isinstance",
            "issubclass",
            "callable",
            "id",
            "complex",
            "uuid.UUID",
            "decimal.Decimal",
            "any",
            "all",
            "ipaddress.ip_address",
            "ipaddress.ip_network",
            "ipaddress.IPv4Address",
            "datetime.date.fromisoformat",
            "datetime.datetime.fromisoformat",
            "datetime.datetime.strptime",
            "hmac.compare_digest",
            "secrets.compare_digest",
            "flask.url_for",
            "django.urls.reverse",
            "flask.jsonify",
            "time.time",
            "uuid.uuid4",
            "zlib.crc32",
            "type",
            "hmac.new",
        ],
        ALL,
    ),
}
ENCODERS = frozenset(
    [
        "base64.b64encode",
        "base64.urlsafe_b64encode",
        "base64.b32encode",
        "base64.b16encode",
        "base64.encodebytes",
        "binascii.hexlify",
    ]
)
DECODERS = frozenset(
    [
        "base64.b64decode",
        "base64.urlsafe_b64decode",
        "base64.b32decode",
        "base64.b16decode",
        "base64.decodebytes",
        "binascii.unhexlify",
        "urllib.parse.unquote",
        "urllib.parse.unquote_plus",
        "html.unescape",
        "bytes.fromhex",
        "binascii.a2b_base64",
    ]
)
"""What an encoder made harmless, they bring back."""
SANITISING_METHODS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ["hexdigest", "isdigit", "isalnum", "isalpha", "isidentifier", "count", "index", "find", "rfind", "hex"], ALL
    ),
    **dict.fromkeys(["startswith", "endswith", "isspace", "isupper", "islower", "url_for", "url_path_for"], ALL),
    **dict.fromkeys(
        ["escape_string", "escape_literal", "quote_ident", "quote_name", "escape_identifier"], frozenset({SQL})
    ),
}
SANITISER_WORDS = re.compile(
    r"(?P<xss>(escape|sanitiz|sanitis|clean|strip).*(html|tags|markup)|html_?escape|escape_for_html|xhtml_escape|encode_for_html"
    r"|(^|\.)escape$|(^|\.)sanitize$|(^|\.)sanitise$)"
    r"|(?P<path>secure_file_?name|safe_join|(sanitiz|sanitis|clean|safe).*(path|file_?name))"
    r"|(?P<ldap>escape.*(ldap|filter|dn))|(?P<sql>(escape|quote).*(sql|identifier))"
    r"|(?P<redirect>(safe|clean|check).*(url|redirect))",
    re.IGNORECASE,
)
"""For functions whose code is not in the folder."""
VALIDATOR_WORDS = re.compile(
    r"(is_?(safe|valid|allowed|trusted|local|permitted)|allowed_|_allowed|url_has_allowed|validate)", re.I
)

SHELLS = frozenset(
    [
        "sh", "bash", "/bin/sh", "/bin/bash", "zsh", "dash", "cmd", "cmd.exe", "powershell", "/usr/bin/env", "python",
        "python2", "python3", "perl", "ruby", "node", "php",
    ]
)  # fmt: skip
SUBPROCESS = frozenset(
    [
        "subprocess.run",
        "subprocess.call",
        "subprocess.Popen",
        "subprocess.check_call",
        "subprocess.check_output",
    ]
)
SQL_WORDS = re.compile(
    r"\b(select|insert|update|delete|drop|alter|create|where|order by|union|from|values|pragma|call)\b", re.I
)
DATABASE_WORDS = re.compile(
    r"(conn?|cur(sor)?|db|session|engine|database|query|sql|objects|pool|tx|transaction)\b", re.I
)
