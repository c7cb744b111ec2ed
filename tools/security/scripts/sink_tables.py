"""Which calls of scripts do harm, by name, and the argument that matters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from memory.records.report import Severity

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
SQL = re.compile(
    r"\b(select\b.*\bfrom|insert\s+into|update\b.*\bset|delete\s+from|drop\s+table|where\b|"
    r"order\s+by|union\b|values\s*\()",
    re.I | re.S,
)


@dataclass(frozen=True)
class Sink:
    cls: str
    rule: str
    cwe: int
    severity: Severity
    fix: str


SINK = {
    sink.cls: sink
    for sink in (
        Sink("command", "command-injection", 78, HIGH, "Use execFile with a list of arguments."),
        Sink("code", "code-injection", 94, HIGH, "Do not run text as code."),
        Sink("html", "cross-site-scripting", 79, HIGH, "Escape it, use textContent or a template."),
        Sink("path", "path-traversal", 22, HIGH, "Resolve the path and compare its beginning with the folder."),
        Sink("redirect", "open-redirect", 601, MEDIUM, "Allow own paths only."),
        Sink("ssrf", "server-side-request-forgery", 918, HIGH, "Allow known hosts only."),
        Sink("deserialise", "unsafe-deserialisation", 502, HIGH, "Use JSON."),
        Sink("template", "template-injection", 1336, HIGH, "Keep the template constant."),
        Sink("xml", "xml-external-entities", 611, MEDIUM, "Leave entities off."),
        Sink("xpath", "xpath-injection", 643, HIGH, "Keep the query constant."),
        Sink("proto", "prototype-pollution", 1321, HIGH, "Copy named fields only."),
        Sink("sql", "sql-injection", 89, HIGH, "Pass it as a parameter of the statement."),
        Sink("nosql", "nosql-injection", 943, HIGH, "Convert it to a string first."),
        Sink("regex", "regex-denial-of-service", 1333, MEDIUM, "Escape it before it becomes part of a pattern."),
    )
}
FILES = (
    r"^fs(\.promises)?\.(?!(close|closeSync|fsync|fstat|ftruncate|futimes|fchmod|fchown|read|"
    r"readSync|write|writeSync|constants|promises|readFile_)$)\w+$"
    r"|\.(sendFile|sendfile|download)$|^(send|serve-static|glob|globby|rimraf|mkdirp|del|"
    r"unzipper\.Open\.file|readFile|readFileSync|writeFile|createReadStream|unlink|jsonfile\.\w+|"
    r"write-file-atomic|graceful-fs\.\w+|Bun\.file|Deno\.(readFile|readTextFile|open|remove)\w*|"
    r"file-system\.\w+|vinyl-fs\.\w+|tar\.\w+)$"
)
CALLS: tuple[tuple[str, re.Pattern[str], tuple[int, ...]], ...] = tuple(
    (cls, re.compile(pattern), positions)
    for cls, pattern, positions in (
        (
            "command",
            r"^(child_process|shelljs|ssh2|node-ssh|cp|childProcess|child)\.(exec|execSync|execCommand)$|"
            r"^(execa(\.\w+)?|cross-spawn(-async)?(\.sync)?|ssh2\(\)\.exec|"
            r"exec-sh|exec-async|exec|execSync|exec-sh\.\w+|exec-then|node-cmd\.\w+|promised-exec|"
            r"shell\.exec|remote-exec|child-process-promise\.exec|async-execute|command-exists\.sync|"
            r"gulp-shell)$|^\$$"
            r"|^(child_process|cp|childProcess|child|child-process-promise|cross-spawn-async)\.(spawn|"
            r"spawnSync|execFile|execFileSync|fork)$|^ssh2\.\w+\(\)\.exec$|^(foreground-child|win-spawn|"
            r"opn|open)$",
            (0,),
        ),
        ("command", r"^(remote-exec|ssh2-streams(\.SSH2Stream)?\(\)\.exec|ssh2-streams\.SSH2Stream\(\)\.exec)$", (1,)),
        (
            "code",
            r"^(window\.|global\.|globalThis\.|self\.)?(eval|Function|setTimeout|setInterval|setImmediate|"
            r"execScript)$|^vm\.(runIn\w+|Script|compileFunction|SourceTextModule)$|^vm2\.\w+\(\)\.run$|"
            r"^(vm|VM|NodeVM)2?\(?\)?\.run$"
            r"|\.executeJavaScript$|^WebAssembly\.(compile|instantiate)(Streaming)?$|\._compile$|^(safe-eval|static-eval|notevil|eval-sandbox|sandbox\(\)\.run|"
            r"require-from-string|node-eval|eval\d*|vm2\.VMScript|isolated-vm\.\w+|module\._compile|"
            r"module\.prototype\._compile)$"
            r"|^\$scope\.\$(eval|evalAsync|apply|applyAsync|watch)$|^\$(parse|interpolate|compile)$|\.\$(eval|watch|"
            r"watchGroup|watchCollection|evalAsync)$|^cp\.runInNewContext$|\.execCommand_$|"
            r"\.addScriptTag$|\.evaluateOnNewDocument$|^importScripts$"
            r"|^(\w+\.)?(page|webview|webContents|driver|browser|tab|frame)\.(executeScript|"
            r"executeAsyncScript|executeJavaScript)$|^chrome\.tabs\.executeScript$",
            (0, 1),
        ),
        (
            "html",
            r"^(window\.)?document\.write(ln)?$|\.createContextualFragment$|(^|\.)(SafeString)$|"
            r"\.setHTMLUnsafe$",
            (0, 1),
        ),
        ("html", r"\.insertAdjacentHTML$", (1,)),
        ("path", FILES, (0,)),
        ("path", r"^fs(\.promises)?\.(rename|copy|copyFile|link|symlink|move|cp|outputFile_)(Sync)?$", (1,)),
        (
            "path",
            r"^require$|^require\.resolve$|(^|\.)(res|response|reply|ctx|this|h)\.render$|(^|\.)(view|"
            r"reply\.view)$",
            (0,),
        ),
        ("joined", r"^path(\.posix|\.win32)?\.(join|resolve)$", (0, 1, 2, 3)),
        (
            "redirect",
            r"\.redirect$|^(next/navigation|next/server\.NextResponse|@remix-run/\w+|"
            r"react-router(-dom)?)\.(redirect|permanentRedirect)$|^(Response|NextResponse)\.redirect$",
            (0, 1),
        ),
        (
            "redirect",
            r"^(\$location\.url|importScripts|self\.importScripts|Worker|SharedWorker|"
            r"(\w+\.)?shell\.openExternal|(this\.)?\w*[rR]outer\.(push|replace))$",
            (0,),
        ),
        (
            "redirect",
            r"^(window|document|self|top|parent)?\.?location\.(assign|replace)$|^(window\.)?open$|"
            r"^window\.navigate$",
            (0,),
        ),
        ("ssrf", r"^https?\.(get|request)$|^(net|tls)\.(connect|createConnection|Socket\(\)\.connect)$", (1,)),
        ("ssrf", r"^XMLHttpRequest\(\)\.open$", (1,)),
        ("ssrf", r"(^|\.)Page\.(printToPDF|setDocumentContent)$", (0,)),
        ("ssrf", r"^net\.Socket\(\)\.connect$|(^|\.)JSDOM\.fromURL$", (0,)),
        ("ssrf", r"^needle$|(^|\.)\w*[pP]age\.(property|evaluate)$", (1,)),
        (
            "ssrf",
            r"^(node-fetch|isomorphic-fetch|cross-fetch|fetch|axios|got|request|needle|superagent|undici|"
            r"phin|bent|wreck|ky|urllib|popsicle|node-fetch\.default|request-promise(-native)?|"
            r"make-fetch-happen|hyperquest|simple-get|centra|unirest|cross-fetch\.fetch|undici\.fetch|"
            r"@hapi/wreck|teeny-request)"
            r"(\.(get|post|put|request|head|patch|delete|del|stream|fetch|options|defaults|extend|"
            r"instance|read|concat))*$|^(http|https|http2|net|tls|needle)\.(get|request|connect|"
            r"createConnection)$|\.(goto|navigate)$|^(axios|got)\.(create|extend)\(\)(\.\w+)?$|"
            r"^(WebSocket|ws|EventSource|chrome-remote-interface|webhook)$"
            r"|(^|\.)\w*[pP]age\.(open|openUrl|setContent|property|evaluateJavaScript|evaluate)$|"
            r"^(wkhtmltopdf|wkhtmltoimage)(\.generate)?$|^(puppeteer|playwright)\..*\.(goto|setContent|"
            r"evaluate\w*)$|^\$http\.\w+$|^(this\.)?http(Service|Client)\.(get|post|put|delete|request|"
            r"head|patch)$",
            (0,),
        ),
        (
            "deserialise",
            r"(^|\.)(unserialize|deserialize|deepDeserialize)$|^(js-yaml|yaml|yamljs|jsyaml)\.(load|"
            r"loadAll|parse_|unsafeLoad)$|^(node-serialize|serialize-to-js|cryo|funcster|jsonpickle|"
            r"persist-lib|serijs|igbinary)\.(unserialize|deserialize|parse|deepDeserialize)$|"
            r"^v8\.deserialize$|^serialize\.unserialize$",
            (0,),
        ),
        (
            "template",
            r"^(ejs|pug|jade|nunjucks|handlebars|hbs|Handlebars|lodash|underscore|_|mustache|Mustache|dot|"
            r"doT|eta|Eta|Sqrl|Hogan|Template7|swig|velocityjs|liquidjs|art-template|twig|hogan\.js|marko|squirrelly|haml|whiskers|"
            r"consolidate\.\w+)(\.Environment\(\))?(\.\w+\(\))?"
            r"\.(compile|render|renderString|template|precompile|renderTemplate|compileString|parse|"
            r"renderStrings|compileClient|scan)$|^\$\.templates$|(^|\.)compiler\.compileSync$|\.(renderString|render_string)$",
            (0,),
        ),
        (
            "xpath",
            r"^xpath(\.\w+)*$|^(xpath|xpath\.js|xml-crypto\.xpath)\.(select\w*|parse|evaluate|"
            r"useNamespaces)$|\.(evaluate)$|^document\.evaluate$|^(select|select1)$",
            (0,),
        ),
        ("regex", r"^RegExp$|^(XRegExp|xregexp|re2)$", (0,)),
        (
            "proto",
            r"^(lodash|_|underscore)(\.\w+)*\.(merge|defaultsDeep|mergeWith|set|setWith|zipObjectDeep)$|"
            r"^(lodash\.(merge|defaultsdeep|mergewith|set|setwith)|deepmerge|merge|deep-extend|extend|"
            r"merge-deep|defaults-deep|mixin-deep|node\.extend|assign-deep|merge-options|object-path\.set|"
            r"dot-prop\.set|set-value|just-extend|jquery-extend|deap|merge-objects|defaultsDeep|deepMerge|"
            r"hoek\.(merge|applyToDefaults)|@hapi/hoek\.(merge|applyToDefaults)|smart-extend|"
            r"merge\.recursive|putil-merge|webpack-merge)$",
            (0, 1, 2),
        ),
        ("proto", r"^(\$|jQuery|angular)\.(extend|merge)$", (1, 2, 3)),
    )
)


__all__ = ["CALLS", "HIGH", "MEDIUM", "SINK", "SQL", "Sink"]
