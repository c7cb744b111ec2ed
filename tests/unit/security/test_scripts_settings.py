"""Calls and options of scripts that are weak by what they are, each beside a clean twin."""

from __future__ import annotations

import pytest

from memory.records.report import Finding
from tools.security.gate import closes_gate
from tools.security.scripts.scan import scan_script

JWT = "const jwt = require('jsonwebtoken');\n"
AES = "const c = require('crypto');\nmodule.exports = (key, iv, text) => {{ {body} }};\n"
PURE = "import DOMPurify from 'dompurify';\nexport const clean = (html) => DOMPurify.sanitize(html, HOW);\n"
BUCKET = "import * as s3 from 'aws-cdk-lib/aws-s3';\nnew s3.Bucket(this, 'kept', { HOW });\n"
CLOSING = {
    "an option in a variable": (
        "jwt-not-verified",
        JWT + "const how = { algorithm: 'none' }; jwt.sign({}, key, how);",
        JWT + "const how = { algorithm: 'RS256' }; jwt.sign({}, key, how);",
    ),
    "one of a list": (
        "jwt-not-verified",
        JWT + "const NONE = 'none'; jwt.verify(t, key, { algorithms: ['RS256', NONE] });",
        JWT + "const MORE = 'ES256'; jwt.verify(t, key, { algorithms: ['RS256', MORE] });",
    ),
    "jwt-simple takes any word for noVerify": (
        "jwt-not-verified",
        "const jwt = require('jwt-simple'); jwt.decode(t, key, 'HS256');",
        "const jwt = require('jwt-simple'); jwt.decode(t, key, false, 'HS256');",
    ),
    "a cleaner that keeps scripts": (
        "sanitizer-opened",
        PURE.replace("HOW", "{ ADD_TAGS: ['iframe'] }"),
        PURE.replace("HOW", "{ ADD_TAGS: ['my-element'] }"),
    ),
    "a cleaner that keeps handlers": (
        "sanitizer-opened",
        PURE.replace("HOW", "{ ADD_ATTR: ['onclick'] }"),
        PURE.replace("HOW", "{ ADD_ATTR: ['data-on'] }"),
    ),
    "Markdown with HTML": (
        "autoescape-off",
        "const md = require('markdown-it')({ html: true });",
        "const md = require('markdown-it')({ html: false });",
    ),
    "either way is not known": (
        "insecure-cookie",
        "const s = require('express-session'); s({ secret: k, cookie: { secure: false } });",
        "const s = require('express-session'); let on = false; if (x) { on = true; } s({ cookie: { secure: on } });",
    ),
    "the token's cookie": (
        "script-readable-cookie",
        "const csrf = require('csurf'); const held = { cookie: { secure: true, httpOnly: false } }; csrf(held);",
        "const csrf = require('csurf'); const held = { cookie: { secure: true, httpOnly: true } }; csrf(held);",
    ),
    "methods that need no token": (
        "csrf-off",
        "const csrf = require('csurf'); csrf({ ignoreMethods: ['GET', 'POST'] });",
        "const csrf = require('csurf'); csrf({ ignoreMethods: ['GET', 'HEAD'] });",
    ),
    "a cookie written as a text": (
        "insecure-cookie",
        "res.setHeader('Set-Cookie', ['session=' + id + '; HttpOnly']);",
        "res.setHeader('Set-Cookie', ['session=' + id + '; HttpOnly; Secure']);",
    ),
    "a vector that never changes": (
        "static-iv",
        AES.format(body="return c.createCipheriv('aes-128-gcm', key, 'abcdefghijkl');"),
        AES.format(body="return c.createCipheriv('aes-128-gcm', key, c.randomBytes(12));"),
    ),
    "a tag that nobody looks at": (
        "tag-not-checked",
        AES.format(body="const d = c.createDecipheriv('aes-128-gcm', key, iv); return d.update(text);"),
        AES.format(
            body="const d = c.createDecipheriv('aes-128-gcm', key, iv); d.setAuthTag(t); d.update(text); d.final();"
        ),
    ),
    "a broken suite": (
        "weak-cipher",
        "const all = ['TLS_DH_anon_WITH_AES_256_GCM_SHA384'].join(':'); https.request({ ciphers: all });",
        "const all = ['TLS_AES_256_GCM_SHA384', '!aNULL'].join(':'); https.request({ ciphers: all });",
    ),
    "a small curve": (
        "weak-key",
        "crypto.generateKeyPair('ec', { namedCurve: 'secp112r2' }, cb);",
        "crypto.generateKeyPair('ec', { namedCurve: 'secp256k1' }, cb);",
    ),
    "rights by a number": (
        "open-file-rights",
        "const fs = require('fs'); const all = 511; fs.chmodSync(p, all);",
        "const fs = require('fs'); const all = 448; fs.chmodSync(p, all);",
    ),
    "a mask that takes nothing away": ("open-file-rights", "process.umask(0);", "process.umask(0o077);"),
    "certificates, spelled otherwise": (
        "tls-not-verified",
        "https.request({ rejectUnauthorized: !true });",
        "https.request({ rejectUnauthorized: !false });",
    ),
    "errors for visitors": (
        "debug-mode",
        "const errorhandler = require('errorhandler'); app.use(errorhandler());",
        "const errorhandler = require('errorhandler'); if (NODE_ENV === 'development') { app.use(errorhandler()); }",
    ),
    "a foreseeable file": (
        "foreseeable-file",
        "const fs = require('fs'); fs.writeFileSync('/tmp/out.txt', text);",
        "const fs = require('fs'); fs.writeFileSync(fs.mkdtempSync('/tmp/out') + '/a', text);",
    ),
    "a bucket for anybody": (
        "public-resource",
        BUCKET.replace("HOW", "publicReadAccess: true"),
        BUCKET.replace("HOW", "publicReadAccess: false"),
    ),
    "a password in the log": (
        "secret-in-log",
        "console.log('login', user.password);",
        "console.log('login', user.password ? 'given' : 'missing', checkPassword(user));",
    ),
}
TOLD = {
    "code": ("code-injection", "eval(text);", "eval('1 + 1');"),
    "a command": (
        "command-injection",
        "require('child_process').exec('ls ' + folder);",
        "const a = '-l'; require('child_process').exec('ls ' + a);",
    ),
    "a statement": (
        "sql-injection",
        "const db = new (require('pg').Client)(); db.query('select * from t where a = ' + id);",
        "const db = new (require('pg').Client)(); db.query('select * from t where a = $1', [id]);",
    ),
    "an address": ("no-tls", "const url = 'http://api.site.com/';", "const url = 'http://www.w3.org/2000/svg';"),
    "any origin": (
        "cors-open",
        "app.use(require('cors')());",
        "app.use(require('cors')({ origin: 'https://a.com' }));",
    ),
    "a mode without a tag": (
        "unauthenticated-cipher",
        AES.format(body="return c.createCipheriv('aes-256-cbc', key, iv);"),
        AES.format(body="return c.createCipheriv('aes-256-gcm', key, iv);"),
    ),
    "a bucket that answers without TLS": (
        "clear-text-protocol",
        BUCKET.replace("HOW", "encryption: s3.BucketEncryption.KMS"),
        BUCKET.replace("HOW", "encryption: s3.BucketEncryption.KMS, enforceSSL: true"),
    ),
    "what is loaded by a pickle's like": (
        "unsafe-deserialisation",
        "require('node-serialize').unserialize(text);",
        "JSON.parse(text);",
    ),
    "helmet without a policy": (
        "protection-off",
        "const helmet = require('helmet'); app.use(helmet({ contentSecurityPolicy: false }));",
        "const helmet = require('helmet'); app.use(helmet({ contentSecurityPolicy: { directives: {} } }));",
    ),
    "personal data in the log": ("personal-data-in-log", "logger.info(user.email);", "logger.info(user.id);"),
}


def found(text: str) -> list[Finding]:
    return scan_script("app.js", text)


@pytest.mark.parametrize("name", CLOSING)
def test_closes_the_gate_and_its_twin_not(name: str) -> None:
    rule, bad, good = CLOSING[name]
    assert rule in {finding.rule for finding in found(bad) if closes_gate(finding)}
    assert rule not in {finding.rule for finding in found(good) if closes_gate(finding)}


@pytest.mark.parametrize("name", TOLD)
def test_told_without_closing_the_gate_and_its_twin_not(name: str) -> None:
    rule, bad, good = TOLD[name]
    findings = found(bad)
    assert rule in {finding.rule for finding in findings}
    assert not any(closes_gate(finding) for finding in findings)
    assert rule not in {finding.rule for finding in found(good)}


SECRETS = {
    "what stands in for a setting": (
        "const password = env.PASSWORD ?? 'xK9#mP2$vL5nQ8';",
        "const password = env.PASSWORD ?? 'postgres';",
    ),
    "one of two": ("const token = dev ? 'a3f8G2kL9pQ5mN7x' : env.T;", "const token = dev ? 'none' : env.T;"),
    "a field by its name": ("session['token'] = 'a3f8G2kL9pQ5mN7x';", "session['shown'] = 'a3f8G2kL9pQ5mN7x';"),
    "a setting by its name": ("config.set('apiKey', 'a3f8G2kL9pQ5mN7x');", "config.set('apiKey', process.env.KEY);"),
    "a wallet's phrase": (
        "const mnemonic = 'one two three four five six seven eight nine ten eleven twelve';",
        "const mnemonic = 'shown once';",
    ),
    "user and password": (
        "require('https').request({ host: 'a', auth: 'me:abcdefgh' });",
        "require('https').request({ host: 'a', auth: `${me}:${word}` });",
    ),
    "keys in a list": (
        "require('cookie-session')({ keys: ['f6dc-5eba-13e5'], secure: true });",
        "require('cookie-session')({ keys: [process.env.KEY], secure: true });",
    ),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_closes_the_gate_and_its_twin_not(name: str) -> None:
    bad, good = SECRETS[name]
    assert "hard-coded-secret" in {finding.rule for finding in found(bad) if closes_gate(finding)}
    assert "hard-coded-secret" not in {finding.rule for finding in found(good)}
