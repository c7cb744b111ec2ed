"""Forms that public corpora have shown, each with a clean twin: what is found is found for its reason."""

from __future__ import annotations

import textwrap

import pytest

from memory.records.report import Finding
from tools.security.flow.analysis import analyse
from tools.security.gate import closes_gate
from tools.security.scripts.scan import scan_script

FLASK = (
    "import os, subprocess, ssl, pathlib, flask\nfrom flask import Flask, request, redirect\napp = Flask(__name__)\n"
)


def python(source: str) -> set[str]:
    result = analyse([("app.py", FLASK + textwrap.dedent(source))])
    assert not result.broken
    return closing(result.findings)


def script(source: str) -> set[str]:
    return closing(scan_script("app.js", textwrap.dedent(source)))


def closing(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings if closes_gate(finding)}


SHELL = """
    @app.route("/a")
    def a():
        words = []
        if os.name == "nt":
            words.append("cmd.exe")
        else:
            words.append("/bin/{program}")
        words.append("-c")
        words.append("echo " + request.args["q"])
        return str(len(subprocess.run(words).args))
"""
EXISTS = """
    @app.route("/a")
    def a():
        path = {made}
        {check}
        return str(os.path.exists(path))
"""
CLAUSE = """
    @app.route("/a")
    def a():
        return str(len(session.query(Book).group_by({text}).all()))
"""
EVENT = """
    def lambda_handler(event, context):
        os.spawnlp(os.P_WAIT, {program})
"""
CERTIFICATES = """
    def a(pool):
        return pool(10, cert_reqs=ssl.{kind})
"""
RESOLVED = """
    @app.route("/a")
    def a():
        base = pathlib.Path("/srv/files")
        path = (base / request.args["q"]).resolve()
        if {check}:
            return "no"
        return str(len(path.read_bytes()))
"""
HEADER = """
    @app.route("/a")
    def a():
        return flask.make_response({answer})
"""
OWN_PATH = """
    @app.route("{route}")
    def a(**_):
        return str(len(eval(request.path.split("/")[1])))
"""


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("command-injection", SHELL.format(program="sh"), SHELL.format(program="ls")),
        (
            "path-traversal",
            EXISTS.format(made='"/srv/" + request.args["q"]', check=""),
            EXISTS.format(made='"/srv/" + os.path.basename(request.args["q"])', check=""),
        ),
        ("sql-injection", CLAUSE.format(text='"price > " + request.args["q"]'), CLAUSE.format(text='"price"')),
        ("command-injection", EVENT.format(program='event["cmd"]'), EVENT.format(program='"ls", event["folder"]')),
        ("tls-not-verified", CERTIFICATES.format(kind="CERT_NONE"), CERTIFICATES.format(kind="CERT_REQUIRED")),
        (
            "path-traversal",
            RESOLVED.format(check='not request.args["q"]'),
            RESOLVED.format(check="not str(path).startswith(str(base))"),
        ),
        (
            "cross-site-scripting",
            HEADER.format(answer='("<p>" + request.args["q"], {})'),
            HEADER.format(answer='("<p>fine", {"X-Asked": request.args["q"]})'),
        ),
        ("code-injection", OWN_PATH.format(route="/<name>"), OWN_PATH.format(route="/a")),
    ],
    ids=["shell of either branch", "probe", "clause", "event", "certificates", "resolved", "headers", "own path"],
)
def test_python(rule: str, bad: str, good: str) -> None:
    assert rule in python(bad)
    assert rule not in python(good)


HANDLER = 'const cp = require("child_process");\napp.get("/a", (question, answer) => {{ cp.exec({command}); }});\n'
CLOUD = 'const cp = require("child_process");\nexports.handler = async (event) => {{ cp.exec({command}); }};\n'
SIGNED = 'const tokens = require("jsonwebtoken");\nconst key = {key};\nmodule.exports = (x) => tokens.sign(x, key);\n'
PAGE = 'const b = require("puppeteer");\napp.get("/a", async (req, res) => {{ await page.goto({address}); }});\n'
TRUSTED = "class A {{ show(value) {{ return this.cleaner.bypassSecurityTrustHtml({value}); }} }}\n"
NAMED = 'require("https").request({{ host: "a.example", checkServerIdentity: {check} }});\n'
MAILED = 'require("nodemailer").createTransport({{ host: "a.example", requireTLS: {tls} }});\n'
ANSWERED = """
    app.get("/a", (req, res) => {{ const {{ name }} = req.query; res.{answer}; }});
    app.get("/b", (req, res) => {{ res.type("text/plain").send("fine"); }});
"""


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("command-injection", HANDLER.format(command='"ls " + question.query.q'), HANDLER.format(command='"ls"')),
        ("command-injection", CLOUD.format(command="`ls ${event.folder}`"), CLOUD.format(command='"ls"')),
        ("hard-coded-secret", SIGNED.format(key='"shhhhh"'), SIGNED.format(key="process.env.KEY")),
        (
            "server-side-request-forgery",
            PAGE.format(address="req.query.url"),
            PAGE.format(address='"https://example.com/" + req.query.page'),
        ),
        ("cross-site-scripting", TRUSTED.format(value="value"), TRUSTED.format(value='"<b>fine</b>"')),
        (
            "cross-site-scripting",
            ANSWERED.format(answer='send("<h1>" + name)'),
            ANSWERED.format(answer='type("text/plain").send("<h1>" + name)'),
        ),
        (
            "tls-not-verified",
            NAMED.format(check="function (host) { console.log(host); }"),
            NAMED.format(check="(host, cert) => { const e = tls.checkServerIdentity(host, cert); return e; }"),
        ),
        ("clear-text-protocol", MAILED.format(tls="false"), MAILED.format(tls="true")),
    ],
    ids=["handler", "event", "signing key", "page", "trusted", "answer", "server's name", "mail"],
)
def test_scripts(rule: str, bad: str, good: str) -> None:
    assert rule in script(bad)
    assert rule not in script(good)
