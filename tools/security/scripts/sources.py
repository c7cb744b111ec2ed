"""Where foreign data come from: requests, messages, the page, the process."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import ARGUMENT, FOREIGN, INPUT, NOTHING, Value
from tools.security.scripts.values import ENVIRONMENT as SURROUNDINGS
from tools.security.scripts.wording import words

REQUEST = Value(kind="request", name="<request>")
RESPONSE = Value(kind="response", name="<response>")
SENT = words(
    "query body params headers header cookies signedCookies url originalUrl files file hostname payload rawBody "
    "rawHeaders nextUrl searchParams href querystring search host queryStringParameters "
    "multiValueQueryStringParameters pathParameters path fields origin baseUrl referrer formData parsedUrl "
    "_parsedUrl queries rawQuery xhr"
)
"""Of a request, what its sender chooses."""
ASKED = words(
    "get header param query queries json text formData parseBody body cookie getCookie arrayBuffer blob getHeader "
    "parts saveRequestFiles is valid"
)
"""The same, as methods."""
TEXTS = words(
    "params headers header url originalUrl hostname path host href search cookies querystring pathParameters "
    "rawHeaders get param baseUrl"
)
"""Those whose values are texts, and never objects."""
OWN = words(
    "user session app route method ip ips protocol secure fresh stale socket connection res next log logger id "
    "accepts acceptsEncodings acceptsLanguages acceptsCharsets db flash isAuthenticated csrfToken t locals context "
    "server pre auth timeout httpVersion account tenant state logIn logOut login logout setHeader respond render "
    "redirect on once pipe end write emit abort destroy setEncoding resume pause type status throw assert i18n "
    "config prisma models services service store cache scope env executionCtx var set setTimeout removeListener "
    "awsRequestId container signal mode credentials redirectUrl is range complete trailers span requestContext "
    "identity currentUser admin role roles"
)
"""Of a request, what the framework or the application's own middleware has put there."""
NAMES = re.compile(r"^_?(req|request|httpReq|httpRequest|clientRequest|incoming\w*)$")
ANSWERS = re.compile(r"^_?(res|resp|response|reply|httpRes|httpResponse|serverResponse)$")
CONTEXTS = re.compile(r"^(ctx|context|c)$")
PAGE = re.compile(
    r"^((window|self|top|parent|globalThis)\.)?((document\.)?location(\.(search|hash|href|pathname|toString\(\)))?"
    r"|document\.(URL|documentURI|baseURI|referrer|cookie)|name)$"
)
WIDE_PAGE = frozenset({"name"})
PROCESS = re.compile(
    r"^process\.argv\b|^(minimist|yargs|commander|meow|argv|optimist)\b.*\(\)|"
    r"^yargs(\.\w+(\(\))?)*\.argv$|^commander(\.program)?\.\w+$"
    r"|^(argparse\.ArgumentParser\(\)\.parse_args|command-line-args|dashdash(\.createParser\(\))?\.parse|arg|mri|"
    r"args\.parse|getopts|yargs-parser|subarg|commander\.(program|Command\(\))\.(opts|parse))\(\)$"
)
ENVIRONMENT = re.compile(r"^process\.env\.")
HOOKS = re.compile(
    r"^\$location\.(search|hash|path|url|absUrl)\(\)$|^\$routeParams\.\w+$"
    r"|(^|\.)(useParams|useSearchParams|useLocation|useRouteMatch)\(\)$|^next/(router|"
    r"navigation)\.useRouter\(\)\.query$"
    r"|\$route\.(query|params|hash|fullPath)$|\.snapshot\.(queryParams|params|fragment|url|paramMap|queryParamMap)$"
    r"|\.(queryParamMap|paramMap|queryParams)$|^next/headers\.(headers|cookies)\(\)$"
)
DOM = re.compile(
    r"^(document\.(getElementById|querySelector|getElementsByName|forms|activeElement)\b.*|\$\(\)|"
    r"jquery\(\)|jQuery\(\))(\[\])?"
    r"\.(value|val\(\)|text\(\)|textContent|innerText|innerHTML|html\(\)|attr\(\)|data\(\)|"
    r"prop\(\)|getAttribute\(\)|dataset\.\w+)$"
    r"|^document\.\w+\.\w+\.value$"
    r"|^(window\.)?(getSelection\(\)\.toString\(\)|prompt\(\))$"
    r"|^formik\.useFormik(Context)?\(\)\.values$|^react-hook-form\.useForm\(\)\.(getValues|watch)\(\)$"
)
DECORATED = re.compile(
    r"^@(Body|Query|Param|Params|Headers?|QueryParam|BodyParam|HeaderParam|CookieParam|"
    r"UploadedFiles?|RawBody|HostParam|MessageBody|Args?)\b"
)
WHOLE = re.compile(r"^@(Req|Request|Ctx|Context)\b")
ROUTE = re.compile(
    r"(^|\.)(get|post|put|patch|delete|del|all|use|options|head|route|param|on|addRoute|register|"
    r"decorate|add)$"
)
ROUTERS = re.compile(
    r"(?i)(app|router|server|route|routes|api|express\(\)|fastify|koa|hono|restify|polka|instance|"
    r"controller|endpoint)s?(\(\))?$"
)
LISTENERS = re.compile(
    r"(?i)(socket|ws|wss|conn|connection|io|client|sock|peer|channel|port|worker|window|self|"
    r"chrome\.runtime\.\w+|req|request|stream)(\(\))?$"
)
QUIET = words(
    "error close end open connect connection listening disconnect finish upgrade drain ready exit load "
    "DOMContentLoaded click resize scroll timeout aborted"
)
NEXT = re.compile(
    r"^(GET|POST|PUT|PATCH|DELETE|loader|action|middleware|getServerSideProps|getInitialProps|"
    r"handle|load)$"
)


def foreign(source: str, *, origin: str = "request", kind: str = "") -> Value:
    return Value(level=FOREIGN, source=source, origin=origin, kind=kind)


MESSAGE = Value(fields={"data": foreign("a message", origin="page")}, name="message")
"""What a window or a worker is handed."""


def page(source: str) -> Value:
    return foreign(source, origin="page", kind="string")


def page_text(source: str) -> Value:
    return Value(level=INPUT, source=source, origin="dom", kind="string")


@lru_cache(maxsize=20_000)
def of_name(name: str) -> Value | None:
    """By the name under which modules and globals are known."""
    if PAGE.match(name) and name not in WIDE_PAGE:
        return replace(page(name), name=name)
    if HOOKS.search(name):
        return Value(level=FOREIGN, source=name, origin="page", name=name)
    if PROCESS.search(name):
        return Value(level=INPUT, source="the command line", origin="process", name=name)
    if ENVIRONMENT.match(name):
        return Value(level=ARGUMENT, source=SURROUNDINGS, origin="process", kind="string", name=name)
    if name.endswith(".entryName"):
        return foreign("an archive's entry", origin="archive", kind="string")
    if re.search(
        r"^(e|ev|evt|event)\.(target|currentTarget)\.(value|innerHTML|textContent)$|"
        r"^(window\.)?(localStorage|sessionStorage)\.getItem\(\)$",
        name,
    ):
        return Value(level=INPUT, source="what the page holds", origin="dom", kind="string", name=name)
    if DOM.search(name):
        return Value(level=INPUT, source="the page's text", origin="dom", kind="string", name=name)
    return None


def of_request(key: str, *, called: bool) -> Value | None:
    """A member of a request or of a framework's context."""
    if key in {"request", "req"}:
        return REQUEST
    if key in {"response", "res"}:
        return RESPONSE
    if key in SENT or (called and key in ASKED):
        kind = "string" if key in {"url", "originalUrl", "hostname", "path"} else "texts" if key in TEXTS else ""
        own = frozenset({"redirect"}) if key in {"url", "originalUrl", "path"} else frozenset()
        return replace(foreign(f"the request's {key}", kind=kind), name=f"<request>.{key}", safe=own)
    if key not in OWN and key not in ASKED and not called:
        return replace(foreign(f"the request's {key}"), name=f"<request>.{key}")
    if key in ASKED:
        return Value(
            kind="asking", name=f"<request>.{key}", level=FOREIGN, source=f"the request's {key}", origin="request"
        )
    return None


def by_type(node: Syntax) -> Value | None:
    """A parameter by its decorators and its type: `@Body() dto`, `req: Request`."""
    for kid in node.kids:
        if kid.type == "decorator":
            if DECORATED.match(kid.text):
                return foreign(
                    kid.text[1:].partition("(")[0].lower(), kind="string" if kid.text.startswith("@Param(") else ""
                )
            if WHOLE.match(kid.text):
                return REQUEST
    annotation = node.part("type")
    told = annotation.text.lstrip(": ") if annotation is not None else ""
    if re.match(
        r"(express\.|http\.)?(Request|IncomingMessage|NextApiRequest|NextRequest|FastifyRequest|"
        r"ExpressRequest|Context|KoaContext|APIGateway\w*Event\w*|LoaderArgs|ActionArgs|"
        r"LoaderFunctionArgs|ActionFunctionArgs|GetServerSidePropsContext|VercelRequest)\b",
        told,
    ):
        return REQUEST
    if re.match(r"(express\.|http\.)?(Response|ServerResponse|NextApiResponse|FastifyReply|VercelResponse)\b", told):
        return RESPONSE
    return None


def by_name(name: str, *, answered: bool) -> Value:
    """`answered`: its neighbour is called as an answer is, or it is a handler's."""
    if NAMES.match(name):
        return REQUEST
    if ANSWERS.match(name):
        return RESPONSE
    if answered and CONTEXTS.match(name):
        return REQUEST
    return NOTHING


def argument(name: str) -> Value:
    known = name if name.replace("$", "_").isidentifier() else ""
    return Value(
        level=ARGUMENT,
        source=f"the argument {name[:30]}",
        origin="argument",
        name=known,
    )


__all__ = [
    "ANSWERS",
    "LISTENERS",
    "MESSAGE",
    "NAMES",
    "NEXT",
    "QUIET",
    "REQUEST",
    "RESPONSE",
    "ROUTE",
    "ROUTERS",
    "argument",
    "by_name",
    "by_type",
    "foreign",
    "of_name",
    "of_request",
    "page",
    "page_text",
]
