"""Foreign data in scripts that go through other files: what a folder's scripts import, and what they do with it."""

from __future__ import annotations

import time

import pytest

from tools.security.gate import closes_gate
from tools.security.scripts.scan import scan_scripts

ROUTE = "app.get('/', (req, res) => { %s });"
RUN = "const cp = require('child_process'); "


def placed(files: dict[str, str]) -> set[tuple[str, str]]:
    return {(f.file, f.rule) for f in scan_scripts(files.items())[0] if f.confidence == "high" and closes_gate(f)}


FOUND = {
    "a function of module.exports": (
        {"app.js": "const run = require('./run'); " + ROUTE % "run(req.query.x)"},
        {"run.js": RUN + "module.exports = function (what) { cp.exec('ls ' + what); };"},
    ),
    "a field of exports": (
        {"app.js": "const { run } = require('./lib/run.js'); " + ROUTE % "run(req.query.x)"},
        {"lib/run.js": RUN + "exports.run = (what) => cp.exec('ls ' + what);"},
    ),
    "an object that is exported": (
        {"app.js": "const tools = require('./lib'); " + ROUTE % "tools.run(req.query.x)"},
        {"lib/index.js": RUN + "function run(what) { cp.exec('ls ' + what); } module.exports = { run };"},
    ),
    "a default import": (
        {"src/app.ts": "import go from './run.js'; " + ROUTE % "go(req.query.x)"},
        {"src/run.ts": "import cp from 'child_process'; export default (what: string) => cp.exec('ls ' + what);"},
    ),
    "a named import with another name": (
        {"app.mjs": "import { run as go } from './run.mjs'; " + ROUTE % "go(req.query.x)"},
        {"run.mjs": "import * as cp from 'child_process'; function a(w) { cp.exec('ls ' + w); } export { a as run };"},
    ),
    "a namespace, an export of another file's": (
        {
            "app.ts": "import * as all from './all'; " + ROUTE % "all.run(req.query.x)",
            "all.ts": "export * from './run';",
        },
        {"run.ts": "import { exec } from 'child_process'; export function run(what: string) { exec('ls ' + what); }"},
    ),
    "a path of the compiler's settings": (
        {"src/routes/app.ts": "import { run } from '@/lib/run'; " + ROUTE % "run(req.query.x)"},
        {"src/lib/run.ts": "import { exec } from 'child_process'; export const run = (w) => exec(`ls ${w}`);"},
    ),
    "a class with what it was made of": (
        {
            "app.js": "const { Users } = require('./users'); const u = new Users(db); "
            + ROUTE % "u.find(req.query.name)"
        },
        {
            "users.js": "class Users { constructor(db) { this.db = db; } find(n) { return this.db.query("
            "`select * from users where name = '${n}'`); } } module.exports = { Users };"
        },
    ),
    "a function called with new": (
        {"app.js": "const Dao = require('./dao').Dao; const dao = new Dao(db); " + ROUTE % "dao.find(req.query.max)"},
        {
            "dao.js": "const Dao = function (db) { const c = db.collection('a'); this.find = (max) => c.find({ $where: "
            "`this.n > ${max}` }); }; exports.Dao = Dao;"
        },
    ),
    "a method of a parent": (
        {
            "app.js": "const Users = require('./users'); const u = new Users(); " + ROUTE % "u.by(req.query.x)",
            "users.js": "const Base = require('./base'); module.exports = class Users extends Base { by(n) { return "
            "this.raw('select * from t where n = ' + n); } };",
        },
        {"base.js": "class Base { raw(sql) { return pool.query(sql); } } module.exports = Base;"},
    ),
    "a service that a framework gives": (
        {
            "a.ts": "import { Files } from './b'; class A { constructor(private files: Files) {} "
            "@Get() get(@Query('f') f: string) { return this.files.read(f); } }"
        },
        {"b.ts": "import * as fs from 'fs'; export class Files { read(f: string) { return fs.readFileSync(f); } }"},
    ),
    "a handler that another file mounts": (
        {"app.js": "const handlers = require('./h'); app.post('/', handlers.save);"},
        {"h.js": "exports.save = function (input, out) { eval(input.body.code); };"},
    ),
    "what another file reads of the request": (
        {"read.js": "exports.name = (req) => req.params.name.trim();"},
        {
            "app.js": "const fs = require('fs'); const { name } = require('./read'); "
            + ROUTE % "fs.readFile('/srv/' + name(req), cb)"
        },
    ),
    "files that ask for each other": (
        {"app.js": "const b = require('./b'); exports.x = 1; " + ROUTE % "b.run(req.query.x)"},
        {"b.js": RUN + "const app = require('./app'); exports.run = (what) => cp.exec('ls ' + what + app.x);"},
    ),
}
HARMLESS = {
    "a constant": {
        "app.js": "const run = require('./run'); " + ROUTE % "run('/tmp')",
        "run.js": RUN + "module.exports = function (what) { cp.execFile('ls', [what]); };",
    },
    "a number that another file makes": {
        "app.js": "const { id } = require('./id'); " + ROUTE % "db.query('select * from t where id = ' + id(req))",
        "id.js": "exports.id = (req) => Number(req.query.id);",
    },
    "a check of another file": {
        "app.js": "const fs = require('fs'); const { clean } = require('./clean'); "
        + ROUTE % "fs.readFile(clean(req.query.f), cb)",
        "clean.js": "const path = require('path'); exports.clean = (name) => path.basename(name);",
    },
    "escaped by its name": {
        "app.js": "import { escapeHtml } from './text'; " + ROUTE % "res.send(`<b>${escapeHtml(req.query.x)}</b>`)",
        "text.js": "export const escapeHtml = (text) => [...text].map((c) => TABLE[c] ?? c).join('');",
    },
}


@pytest.mark.parametrize("name", FOUND)
def test_what_another_file_does_is_found_where_it_is_done(name: str) -> None:
    callers, called = FOUND[name]
    (file,) = called
    assert file in {where for where, _ in placed({**callers, **called})}
    assert file not in {where for where, _ in placed(called)} or "app.js" in called


@pytest.mark.parametrize("name", HARMLESS)
def test_what_another_file_makes_harmless_is_let_through(name: str) -> None:
    assert placed(HARMLESS[name]) == set()


@pytest.mark.parametrize("test", ["sign.test.ts", "test/sign.ts", "src/__tests__/sign.ts"])
def test_what_a_test_hands_over_is_no_finding_of_the_code(test: str) -> None:
    sign = "import jwt from 'jsonwebtoken'; export const sign = (data, options) => jwt.sign(data, options.secret);"
    call = "import { sign } from '%s'; sign({}, { secret: 'kaiKoh7Ieng2' });"
    place = "./sign" if test == "sign.test.ts" else "../sign" if test.startswith("test") else "../../sign"
    found = {(f.file, f.rule) for f in scan_scripts({"sign.ts": sign, test: call % place}.items())[0]}
    assert ("sign.ts", "hard-coded-secret") not in found
    found = {(f.file, f.rule) for f in scan_scripts({"sign.ts": sign, "app.ts": call % "./sign"}.items())[0]}
    assert ("sign.ts", "hard-coded-secret") in found


def test_of_a_place_one_finding_is_told() -> None:
    files = {
        "a.js": "const run = require('./run'); " + ROUTE % "run(req.query.x)",
        "b.js": "const run = require('./run'); " + ROUTE % "run(req.body.y)",
        "run.js": RUN + "module.exports = (what) => cp.exec('ls ' + what);",
    }
    assert [f.file for f in scan_scripts(files.items())[0] if f.rule == "command-injection"] == ["run.js"]


def test_what_there_is_no_time_for_is_named() -> None:
    findings, unreached = scan_scripts([("a.js", "eval(location.hash);")], patience_s=-1)
    assert not findings
    assert "took longer" in unreached["a.js"]


def test_scripts_that_all_ask_for_each_other_take_time_in_proportion() -> None:
    def seconds(count: int) -> float:
        files = {
            f"f{n}.js": f"const a = require('./f{(n * 7) % count}'), b = require('./f{(n * 11) % count}');"
            "exports.go = (x, o) => { const t = { ...o, x }; return a.go(b.go(x, t), [t, o]); };"
            for n in range(count)
        }
        begun = time.process_time()
        scan_scripts(files.items())
        return time.process_time() - begun

    assert seconds(240) < 12 * max(seconds(60), 0.05)
