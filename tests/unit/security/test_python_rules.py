"""Calls, settings and definitions in Python that are weak by what they are, each beside a clean twin."""

from __future__ import annotations

import textwrap

import pytest

from memory.records.report import Finding
from tools.security.flow.analysis import analyse
from tools.security.gate import closes_gate

HEAD = """
import hashlib, logging, os, re, ssl, stat, smtplib, requests, jwt, torch, flask, numpy, zlib
from flask import Flask, request
from flask_cors import CORS, cross_origin
from flask_wtf.csrf import CSRFProtect
from http.cookies import SimpleCookie
from OpenSSL import SSL
from lxml import etree
from Crypto.PublicKey import RSA
from Crypto.Cipher import AES, PKCS1_v1_5, PKCS1_OAEP
from cryptography.hazmat.primitives.asymmetric import ec, padding
import websockets
app = Flask(__name__)
csrf = CSRFProtect(app)
log = logging.getLogger(__name__)
"""


def told(source: str, file: str = "app.py") -> list[Finding]:
    found = analyse([(file, HEAD + textwrap.dedent(source))])
    assert not found.broken
    return found.findings


CLOSES = [
    ("tls-not-verified", "requests.get(u, verify=0)", "requests.get(u, verify=None)"),
    (
        "tls-not-verified",
        "c = SSL.Context(m)\nc.set_verify(SSL.VERIFY_NONE, f)",
        "SSL.Context(m).set_verify(SSL.VERIFY_PEER, f)",
    ),
    ("tls-not-verified", "ctx.cert_reqs = ssl.CERT_NONE", "ctx.cert_reqs = ssl.CERT_REQUIRED"),
    (
        "tls-not-verified",
        "async def f(s):\n    await s.ws_connect(u, verify_ssl=False)",
        "async def f(s):\n    await s.ws_connect(u, verify_ssl=True)",
    ),
    ("old-tls", "SSL.Context(SSL.SSLv3_METHOD)", "SSL.Context(SSL.TLS_CLIENT_METHOD)"),
    ("old-tls", "ctx.maximum_version = ssl.TLSVersion.TLSv1", "ctx.maximum_version = ssl.TLSVersion.TLSv1_3"),
    ("weak-cipher", "ctx.set_ciphers('ECDHE+AESGCM:RC4')", "ctx.set_ciphers('ECDHE+AESGCM:!RC4:-DES')"),
    ("weak-cipher", "k.encrypt(m, padding.PKCS1v15())", "k.sign(m, padding.PKCS1v15())"),
    ("weak-cipher", "PKCS1_v1_5.new(k)", "PKCS1_OAEP.new(k)"),
    ("clear-text-protocol", "requests.get('http://api.acme.com/a')", "requests.get('http://localhost:80/a')"),
    ("clear-text-protocol", "websockets.connect('ws://feed.acme.com')", "websockets.connect('wss://feed.acme.com')"),
    ("clear-text-protocol", "smtplib.SMTP('smtp.acme.com')", "s = smtplib.SMTP('smtp.acme.com')\ns.starttls()"),
    ("short-key", "RSA.generate(bits=1024)", "RSA.generate(bits=3072)"),
    ("short-key", "ec.generate_private_key(ec.SECT163K1())", "ec.generate_private_key(ec.SECP256R1())"),
    ("few-iterations", "hashlib.pbkdf2_hmac('sha256', p, s, 10_000)", "hashlib.pbkdf2_hmac('sha256', p, s, 600_000)"),
    (
        "few-iterations",
        "hashlib.scrypt(p, salt=s, n=1 << 10, r=8, p=1)",
        "hashlib.scrypt(p, salt=s, n=1 << 14, r=8, p=1)",
    ),
    ("hard-coded-secret", "AES.new(b'sixteen byte key', AES.MODE_GCM)", "AES.new(key, AES.MODE_GCM)"),
    ("hard-coded-secret", "app.secret_key = 'dev'", "app.secret_key = os.environ['SECRET_KEY']"),
    (
        "hard-coded-secret",
        "class Config:\n    SECRET_KEY = 'dev'",
        "class Config:\n    SECRET_KEY = os.environ['SECRET_KEY']",
    ),
    ("hard-coded-secret", "def f(password='azerty123'): ...", "def f(password='password'): ..."),
    ("debug-mode", "class DevConfig:\n    DEBUG = True", "class DevConfig:\n    DEBUG = False"),
    ("csrf-off", "@csrf.exempt\ndef change(): ...", "@csrf.exempt\ndef webhook(): ..."),
    ("csrf-off", "@csrf_exempt\ndef change(): ...", "@csrf_exempt\n@authorize_by_key\ndef change(): ..."),
    ("csrf-off", "form = F(request.form, meta={'csrf': False})", "form = F(request.form, meta={'csrf': True})"),
    ("csrf-off", "class F:\n    class Meta:\n        csrf = False", "class F:\n    class Meta:\n        csrf = True"),
    (
        "insecure-cookie",
        "c = SimpleCookie()\nc['a'] = 'b'\nc['a']['secure'] = False",
        "c = SimpleCookie()\nc['a'] = 'b'\nc['a']['secure'] = True",
    ),
    (
        "insecure-cookie",
        "r.set_cookie('session', v, None, None, '/', None)",
        "r.set_cookie('session', v, None, None, '/', None, True)",
    ),
    (
        "insecure-cookie",
        "r = flask.Response(headers={'Set-Cookie': 'session=1'})",
        "r = flask.Response(headers={'Set-Cookie': 'session=1; Secure; HttpOnly'})",
    ),
    (
        "cookie-readable",
        "r.set_cookie('session', v, secure=True, httponly=False)",
        "r.set_cookie('session', v, secure=True, httponly=True)",
    ),
    (
        "cors-open",
        "CORS(app, origins=['*'], supports_credentials=True)",
        "CORS(app, origins=['https://acme.com'], supports_credentials=True)",
    ),
    ("world-writable", "os.umask(0)", "os.umask(0o077)"),
    ("world-writable", "os.lchmod(p, stat.S_IRWXU | stat.S_IWOTH)", "os.lchmod(p, stat.S_IRWXU)"),
    ("insecure-temporary-file", "os.tempnam()", "tempnam = 1"),
    ("foreseeable-file", "open('/run/lock/f', 'w')", "open('/run/app/f', 'w')"),
    ("xml-external-entities", "etree.XMLParser(resolve_entities=True)", "etree.XMLParser(resolve_entities=False)"),
    (
        "jwt-not-verified",
        "jwt.decode(t, options={'verify_signature': False})",
        "jwt.decode(t, key(), algorithms=['RS256'])",
    ),
    (
        "jwt-not-verified",
        "def f(t):\n    return jwt.decode(t, options={'verify_signature': False})",
        "c = jwt.decode(t, options={'verify_signature': False})\nd = jwt.decode(t, key(c), algorithms=['RS256'])",
    ),
    (
        "archive-extraction",
        "import tarfile\nfor m in (t := tarfile.open(p)):\n    t.extract(m)",
        "import tarfile\nt = tarfile.open(p)\nt.extract(m, filter='data')",
    ),
]


@pytest.mark.parametrize(("rule", "weak", "clean"), CLOSES)
def test_it_closes_the_gate(rule: str, weak: str, clean: str) -> None:
    assert rule in {f.rule for f in told(weak) if closes_gate(f)}
    assert rule not in {f.rule for f in told(clean) if closes_gate(f)}


TOLD = [
    ("cors-open", "CORS(app)", "CORS(app, origins=['https://acme.com'])"),
    (
        "cors-open",
        "@cross_origin(origins=r'.*')\ndef f(): ...",
        "@cross_origin(origins=r'https://.*\\.acme\\.com')\ndef f(): ...",
    ),
    (
        "cors-open",
        "r = flask.Response(headers={'Access-Control-Allow-Origin': '*'})",
        "r = flask.Response(headers={'Access-Control-Allow-Origin': 'https://acme.com'})",
    ),
    ("clear-text-protocol", "URL = 'http://acme.com/feed'", "URL = 'http://www.w3.org/2000/svg'"),
    ("secret-in-log", "log.info('in: %s', password)", "log.info('in: %s', bool(password))"),
    ("personal-data-in-log", "log.info(f'{user.email} came')", "log.info(f'{user.id} came')"),
    ("unsafe-deserialisation", "torch.load('model.pth')", "torch.load('model.pth', weights_only=True)"),
    ("regex-denial-of-service", "re.compile(r'(.*,)*X')", "re.compile(r'(.*,)*')"),
    ("tls-not-verified", "ctx = ssl.SSLContext(ssl.PROTOCOL_TLS)", "ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)"),
    (
        "jwt-not-verified",
        "h = jwt.get_unverified_header(t)",
        "h = jwt.get_unverified_header(t)\njwt.decode(t, k(h), algorithms=['RS256'])",
    ),
    ("hard-coded-secret", "x = os.getenv('DB_PASSWORD', 'Azerty123')", "x = os.getenv('DB_PASSWORD', '')"),
]


@pytest.mark.parametrize(("rule", "weak", "clean"), TOLD)
def test_it_is_told_and_does_not_close_the_gate(rule: str, weak: str, clean: str) -> None:
    assert [closes_gate(f) for f in told(weak) if f.rule == rule] == [False]
    assert rule not in {f.rule for f in told(clean)}


def test_a_suite_may_have_passwords_and_cheap_hashes() -> None:
    source = "client.login(username='a', password='azerty123')\nimport bcrypt\nbcrypt.gensalt(4)\n"
    assert {"hard-coded-secret", "few-iterations"} <= {f.rule for f in told(source)}
    assert not told(source, "shop/tests/test_login.py")
