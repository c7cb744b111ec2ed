"""Foreign data in scripts: through functions, callbacks and objects, and past the checks that make them harmless."""

from __future__ import annotations

import time

import pytest

from tools.security.gate import closes_gate
from tools.security.scripts.scan import scan_script


def closing(text: str, file: str = "app.js") -> set[str]:
    return {finding.rule for finding in scan_script(file, text) if closes_gate(finding)}


FOUND = {
    "a helper that is called with it": (
        "command-injection",
        "const cp = require('child_process'); const run = (what) => cp.exec('ls ' + what);"
        "app.get('/', (q, r) => { run(q.query.dir); });",
    ),
    "a renamed import": (
        "command-injection",
        "import { exec as go } from 'node:child_process'; export function handler(req, res) { go(`ls "
        "${req.body.x}`); }",
    ),
    "what a function gives back": (
        "path-traversal",
        "const fs = require('fs'); function name(req) { return req.params.name.trim(); }"
        "app.get('/', (req, res) => { fs.readFile('/srv/' + name(req), cb); });",
    ),
    "a promise": (
        "server-side-request-forgery",
        "app.post('/', async (req, res) => { const at = await Promise.resolve(req.body.url); await fetch(at); });",
    ),
    "a list's callback": (
        "sql-injection",
        "app.post('/', (req, res) => { req.body.ids.forEach((id) => db.query(`select * from t where id = ${id}`)); });",
    ),
    "a field of an object": (
        "server-side-request-forgery",
        "app.get('/', (req, res) => { const o = { timeout: 1 }; o.url = req.query.to; request(o); "
        "}); var request = require('request');",
    ),
    "a pattern of parameters": (
        "code-injection",
        "app.post('/', ({ body: { code } }, res) => { eval(code); });",
    ),
    "a method of a class": (
        "path-traversal",
        "class Files { constructor() { this.fs = require('fs'); } read(req) { return "
        "this.fs.readFileSync(req.query.f); } }",
    ),
    "a cloud function's event": (
        "sql-injection",
        "exports.handler = async (event) => pool.query('select * from t where a = ' + event.body.a);",
    ),
    "a decorated parameter": (
        "path-traversal",
        "import * as fs from 'fs'; class A { @Get() get(@Query('f') f: string) { return fs.readFileSync(f); } }",
    ),
    "a socket's message": (
        "code-injection",
        "io.on('connection', (socket) => { socket.on('run', (text) => { new Function(text)(); }); });",
    ),
    "an archive's entry": (
        "path-traversal",
        "const fs = require('fs'); tar.extract().on('entry', (header, s, next) => { "
        "s.pipe(fs.createWriteStream(header.name)); });",
    ),
    "a list of arguments for a shell": (
        "command-injection",
        "const cp = require('child_process'); app.get('/', (req, res) => { const a = ['-c']; "
        "a.push(req.query.x); cp.spawn('sh', a); });",
    ),
    "an operator of a document store": (
        "nosql-injection",
        "const mongoose = require('mongoose'); app.post('/', (req, res) => { const q = {}; q.name = "
        "req.body.name; User.findOne(q); });",
    ),
    "an argument that nobody here gives": (
        "command-injection",
        "const cp = require('child_process'); module.exports = function (name) { cp.exec('rm -rf ' + name); };",
    ),
    "an error that repeats what was given": (
        "cross-site-scripting",
        "try { load(location.hash); } catch (e) { document.getElementById('a').innerHTML = e; }",
    ),
    "a pattern's part of the page's address": ("open-redirect", "location.href = /to=([^&]*)/.exec(location.href)[1];"),
    "what a component is given": (
        "cross-site-scripting",
        "const Note = ({ html }) => <p dangerouslySetInnerHTML={{ __html: html }} />;"
        "const Page = () => { const p = new URLSearchParams(location.search); return <Note html={p.get('n')} />; };",
    ),
    "a component's state": (
        "cross-site-scripting",
        "class A extends React.Component { load() { this.setState({ a: location.hash }); }"
        " render() { document.body.innerHTML = this.state.a; return null; } }",
    ),
    "the values of a form": (
        "cross-site-scripting",
        "import { Formik } from 'formik'; const f = () => <Formik onSubmit={(v) => { $('#a').html(v.name); }} />;",
    ),
    "a key of each depth": (
        "prototype-pollution",
        "function merge(to, from) { for (const k in from) { if (k === '__proto__') continue;"
        " if (to[k]) merge(to[k], from[k]); else to[k] = from[k]; } }",
    ),
    "a key and a key of what it holds": (
        "prototype-pollution",
        "const all = {}; app.post('/', (req, res) => { all[req.body.a][req.body.b] = req.body.c; });",
    ),
    "a path of keys": (
        "prototype-pollution",
        "function put(to, path, value) { const keys = path.split('.'); let i = 0; for (; i < keys.length - 1; i++)"
        " { to = to[keys[i]] = to[keys[i]] || {}; } to[keys[i]] = value; }",
    ),
    "a cookie that another site's form sends too": (
        "request-forgery",
        "const app = require('express')(), session = require('express-session'); app.use(session({}));"
        "app.post('/mail', (req, res) => { save(req.session.user, req.body.mail); res.end(); });",
    ),
    "options of a command line": (
        "command-injection",
        "const { ArgumentParser } = require('argparse'); const p = new ArgumentParser();"
        "require('child_process').exec('ls ' + p.parse_args().dir);",
    ),
    "arguments that are bound": (
        "cross-site-scripting",
        "app.get('/', (req, res) => { const send = (a, b) => res.send(a + b); const f = send.bind(null, req.query.a);"
        " [1].forEach(f); });",
    ),
    "a field of a field": (
        "server-side-request-forgery",
        "const go = (o) => fetch(o.proxy.url); app.get('/', (req, res) => { const o = { proxy: {} };"
        " o.proxy.url = req.query.to; go(o); });",
    ),
    "what a window is sent": (
        "cross-site-scripting",
        "window.onmessage = (e) => { document.body.innerHTML = e.data; };",
    ),
    "a mail": (
        "cross-site-scripting",
        "app.post('/', (req, res) => { mailer.sendMail({ to: 'a@b.example', html: 'Hi ' + req.body.name }); });",
    ),
    "a view of a phone": (
        "cross-site-scripting",
        "const V = () => <WebView source={{ html: new URLSearchParams(location.search).get('a') }} />;",
    ),
    "an answer's type on another way": (
        "cross-site-scripting",
        "app.get('/', (req, res) => { if (a) { res.type('text/plain'); res.send('a'); }"
        " else { res.send('<b>' + req.query.a); } });",
    ),
    "a path that begins at the root": (
        "path-traversal",
        "const fs = require('fs'); app.get('/', (req, res) => { const p = req.query.p; if (p.includes('..')) return;"
        " fs.readFile(p, cb); });",
    ),
    "a path that leads out of its folder": (
        "path-traversal",
        "const fs = require('fs'), path = require('path'); app.get('/', (req, res) => {"
        " const p = path.resolve(req.query.p), r = path.relative(ROOT, p);"
        " if (r.startsWith('..')) { fs.readFile(p, cb); } });",
    ),
    "every field of a request": (
        "mass-assignment",
        "app.post('/', async (req, res) => { const user = await User.findById(1); Object.assign(user, req.body);"
        " await user.save(); });",
    ),
    "the page's address": ("cross-site-scripting", "el.innerHTML = '<b>' + decodeURI(location.hash.substring(1));"),
}
HARMLESS = {
    "a helper that is called with a constant": (
        "const cp = require('child_process'); const run = (what) => cp.exec('ls ' + what); run('/tmp');"
    ),
    "a number": "app.get('/', (req, res) => { db.query('select * from t where id = ' + "
    "parseInt(req.query.id, 10)); });",
    "parameters of the statement": (
        "app.get('/', (req, res) => { db.query('select * from t where id = ?', [req.query.id]); });"
    ),
    "a list of what may be": (
        "const fs = require('fs'); app.get('/', (req, res) => { if (!['a', "
        "'b'].includes(req.query.f)) { return res.end(); }"
        " fs.readFile(req.query.f, cb); });"
    ),
    "a path that is compared": (
        "const fs = require('fs'), path = require('path'); app.get('/', (req, res) => {"
        " const p = path.resolve(ROOT, req.query.f); if (!p.startsWith(ROOT)) return res.end(); "
        "fs.readFile(p, cb); });"
    ),
    "a host that is compared": (
        "app.get('/', async (req, res) => { const u = new URL(req.query.to); if (u.hostname !== 'a.example') return;"
        " await fetch(u); await fetch(req.query.to); });"
    ),
    "a fixed host": "app.get('/', (req, res) => { fetch(`https://a.example/items/${req.params.id}`); });",
    "a text where an operator could be": (
        "const mongoose = require('mongoose'); app.post('/', (req, res) => { User.findOne({ name: "
        "String(req.body.name) }); });"
    ),
    "JSON": "app.get('/', (req, res) => { res.json({ name: req.query.name }); });",
    "escaped markup": "app.get('/', (req, res) => { res.send('<b>' + escapeHtml(req.query.name) + '</b>'); });",
    "an error of what is known": "try { JSON.parse(location.hash); } catch (e) { document.body.innerHTML = e; }",
    "text of a component": "const A = () => { const p = useParams(); return <B>{p.name}</B>; }; const B = (a) => a;",
    "own keys alone": (
        "function merge(to, from) { for (const k in from) { if (to.hasOwnProperty(k)) merge(to[k], from[k]);"
        " else to[k] = from[k]; } }"
    ),
    "a key of what has no prototype": (
        "const all = Object.create(null); app.post('/', (req, res) => { all[req.body.a][req.body.b] = req.body.c; });"
    ),
    "a list's items": (
        "function all(a) { for (let i = 0; i < a.length; i++) { if (a[i].map) all(a[i]); else a[i] = String(a[i]); } }"
    ),
    "a cookie and a token": (
        "const app = require('express')(), session = require('express-session'), csrf = require('csurf');"
        "app.use(session(options)); app.use(csrf());"
        "app.post('/mail', (req, res) => { save(req.session.user, req.body.mail); res.end(); });"
    ),
    "a session that nothing is changed by": (
        "const app = require('express')(), session = require('express-session'); app.use(session(options));"
        "app.get('/', (req, res) => { res.json(req.session.user); });"
    ),
    "a host of the environment": "fetch(`${process.env.API || ''}/items/${location.hash}`);",
    "a type that is said before": (
        "app.get('/', (req, res) => { res.type('text/plain'); if (a) { res.send('Hi ' + req.query.a); } });"
    ),
    "a path that leads neither up nor to the root": (
        "const fs = require('fs'); app.get('/', (req, res) => { const p = req.query.p; if (p.includes('..')) return;"
        " fs.readFile('/srv/' + p, cb); });"
    ),
    "a path within its folder": (
        "const fs = require('fs'), path = require('path'); app.get('/', (req, res) => {"
        " const p = path.resolve(req.query.p), r = path.relative(ROOT, p);"
        " if (r.startsWith('..')) { return; } fs.readFile(p, cb); });"
    ),
    "named fields of a request": (
        "app.post('/', async (req, res) => { const user = await User.findById(1);"
        " Object.assign(user, { name: String(req.body.name) }); await user.save(); });"
    ),
    "another way through the if": (
        "const cp = require('child_process'); app.get('/', (req, res) => { let d = req.query.d; if "
        "(ok) { d = 'a'; } else { d = 'b'; }"
        " cp.exec('ls ' + d); });"
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_foreign_data_are_followed(name: str) -> None:
    rule, text = FOUND[name]
    assert rule in closing(text, "app.ts" if "@Query" in text else "app.js")


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_data_are_let_through(name: str) -> None:
    assert closing(HARMLESS[name]) == set()


def test_functions_that_call_each_other_end() -> None:
    text = (
        "function a(x) { return b(x + 1); } function b(x) { return a(x + 2); } a(req.query.x);" + "f(" * 400 + ")" * 400
    )
    assert scan_script("a.js", text) == []


def test_objects_in_objects_end() -> None:
    text = "let a = { x: location.hash }; " + "a = { a };" * 3000 + " f(a); b.innerHTML = a.a; b.innerHTML = escape(a);"
    assert all(finding.line == 1 for finding in scan_script("a.js", text))


def test_a_long_file_takes_time_in_proportion() -> None:
    one = "function f%d(a, b) { const c = a ? f%d(b, a) : [a, b].map((x) => x + f%d(x, 1)); return `${c}`; }\n"

    def seconds(count: int) -> float:
        text = "".join(one % (n, (n * 7) % count, (n * 11) % count) for n in range(count))
        begun = time.process_time()
        scan_script("a.js", text)
        return time.process_time() - begun

    assert seconds(600) < 12 * max(seconds(150), 0.05)


def test_what_is_no_constant_is_told_and_closes_nothing() -> None:
    told = scan_script(
        "a.js", "const note = load();\na.innerHTML = note;\na.innerHTML = '<b>';\na.innerHTML = escape(note);"
    )
    assert [(f.line, f.rule, f.confidence) for f in told] == [(2, "cross-site-scripting", "low")]


def test_a_plugins_options_are_told_unless_they_are_elements() -> None:
    text = (
        "$.fn.tip = function (o) {\n$(o.target);\n"
        "if (o.root.jquery) $(o.root);\nif (typeof o.a !== 'string') $(o.a);\n};"
    )
    assert [(f.line, f.confidence) for f in scan_script("a.js", text)] == [(2, "low")]


def test_in_a_chain_the_line_is_that_of_the_method() -> None:
    text = "require('mongoose'); app.get('/', (req, res) => {\nUser\n.where('a')\n.find(req.query.q);\n});"
    assert [f.line for f in scan_script("a.js", text) if f.rule == "nosql-injection"] == [4]
