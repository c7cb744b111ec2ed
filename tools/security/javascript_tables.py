"""What is dangerous in scripts when foreign data reach it, and words that matter."""

from __future__ import annotations

import re

from memory.records.report import Severity

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
SQL = re.compile(r"\b(select|insert|update|delete|drop|where|order by)\b", re.I)
SECRET_NAME = re.compile(r"(passw(or)?d|secret|api_?key|token|private_?key|access_?key|jwt_?secret)$", re.I)
SECRET_USE = re.compile(r"token|secret|passw|session|otp|nonce|key|csrf|reset|salt|code\b", re.I)
SINKS: tuple[tuple[str, int, str, Severity, tuple[int, ...], str], ...] = (
    (r"(^|\.)(exec|execSync)$", 78, "command-injection", HIGH, (0,), "Use execFile with a list of arguments."),
    (
        r"^(eval|Function|vm\.runIn\w+|vm\.Script|vm\.compileFunction|setTimeout|setInterval|execScript)$"
        r"|^newVM\(.*\)\.run$|^newNodeVM\(.*\)\.run$|^\w*[vV][mM]2?\.run$",
        94,
        "code-injection",
        HIGH,
        (0,),
        "Do not run text as code.",
    ),
    (
        r"^document\.write(ln)?$|\.insertAdjacentHTML$|\.createContextualFragment$",
        79,
        "cross-site-scripting",
        HIGH,
        (0, 1),
        "Use textContent.",
    ),
    (r"(^|\.)(html|append|prepend|after|before)$", 79, "cross-site-scripting", MEDIUM, (0,), "Use .text()."),
    (
        r"bypassSecurityTrust\w+$|SafeString$",
        79,
        "cross-site-scripting",
        HIGH,
        (0,),
        "Leave the value to the framework's escaping.",
    ),
    (
        r"^(fs|fsp|fs\.promises|fsPromises)\.\w+$|^(readFile|readFileSync|writeFile|createReadStream|unlink)$|\.(sendFile|download)$",
        22,
        "path-traversal",
        HIGH,
        (0,),
        "Resolve the path and compare its beginning with the folder.",
    ),
    (r"\.redirect$", 601, "open-redirect", MEDIUM, (0, 1), "Allow own paths only."),
    (
        r"^(fetch|axios|got|request|needle|superagent)$|^\w*[pP]age\.(goto|open|setContent)$|^(axios|got|http|https|request|needle|superagent)\.(get|post|put|request|head|patch|delete)$",
        918,
        "server-side-request-forgery",
        HIGH,
        (0,),
        "Allow known hosts only.",
    ),
    (
        r"(^|\.)(unserialize|deserialize)$|^yaml\.load$|^serialize\.unserialize$|^jsyaml\.load$",
        502,
        "unsafe-deserialisation",
        HIGH,
        (0,),
        "Use JSON.",
    ),
    (
        r"\.(compile|renderString|render_string)$|^(ejs|pug|nunjucks|handlebars|Handlebars|_)\.(render|compile|template)$",
        1336,
        "template-injection",
        HIGH,
        (0,),
        "Keep the template constant.",
    ),
    (
        r"^(libxmljs?2?\.(parseXml\w*|parseXmlString)|\w+\.parseFromString|\w*[pP]arser\.(parse|write|end))$",
        611,
        "xml-external-entities",
        MEDIUM,
        (0,),
        "Leave entities off.",
    ),
    (r"(^|\.)(xpath\.)?select1?$|\.evaluate$", 643, "xpath-injection", HIGH, (0,), "Keep the query constant."),
    (
        r"^(_|lodash)\.(merge|defaultsDeep|set|setWith)$|^(merge|deepMerge|extend)$",
        1321,
        "prototype-pollution",
        HIGH,
        (1, 2),
        "Copy named fields only.",
    ),
)

__all__ = ["SECRET_NAME", "SECRET_USE", "SINKS", "SQL"]
