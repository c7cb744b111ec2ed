"""Secrets that have a form of their own: their issuers' prefixes, keys, tokens, hashes, addresses with a password."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    kind: str
    line: int
    value: str


FORMS: tuple[tuple[str, str], ...] = (
    ("AWS Access Key", r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b"),
    (
        "AWS Secret Key",
        r"(?i)aws_?(?:secret)?_?(?:access)?_?key\w*['\"]?\s*[:=]\s*['\"]?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    ("GitHub Token", r"\b(gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b"),
    ("GitLab Token", r"\b(gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[A-Za-z0-9_\-]{20,})"),
    ("Slack Token", r"\b(xox[abeoprs]-(?:\d+-)?[A-Za-z0-9-]{20,}|xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]+)"),
    ("Slack Webhook", r"((?:https?://)?hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9+/]{30,})"),
    ("Discord Webhook", r"(https://discord(?:app)?\.com/api/webhooks/\d{15,}/[\w-]{40,})"),
    ("Stripe Key", r"\b([sr]k_(?:live|test)_[A-Za-z0-9]{16,})\b|\b(whsec_[A-Za-z0-9]{24,})"),
    ("Google Key", r"\b(AIza[A-Za-z0-9_\-]{35})(?![\w-])|\b(GOCSPX-[A-Za-z0-9_\-]{20,})|\b(ya29\.[\w-]{40,})"),
    ("SendGrid Key", r"\b(SG\.[\w-]{16,32}\.[\w-]{16,64})"),
    ("Twilio Key", r"\b(SK[0-9a-f]{32})\b|(?i:twilio\w*['\"]?\s*[:=]\s*['\"]?)([0-9a-f]{32})\b"),
    ("npm Token", r"\b(npm_[A-Za-z0-9]{36})\b"),
    ("PyPI Token", r"\b(pypi-[A-Za-z0-9_-]{50,})"),
    (
        "OpenAI Key",
        r"\b(sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{48}|sk-proj-[\w-]{40,})\b",
    ),
    ("Anthropic Key", r"\b(sk-ant-[A-Za-z0-9_-]{32,})"),
    ("Hugging Face Token", r"\b(hf_[A-Za-z0-9]{34,})\b"),
    ("DigitalOcean Token", r"\b(do[opr]_v1_[a-f0-9]{64})\b"),
    ("Mailgun Key", r"\b(key-[0-9a-f]{32})\b"),
    ("Mailchimp Key", r"\b([0-9a-f]{32}-us\d{1,2})\b"),
    ("Azure Key", r"(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,}={0,2})"),
    ("Databricks Token", r"\b(dapi[a-f0-9]{32})\b"),
    ("Shopify Token", r"\b(shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})\b"),
    ("Square Token", r"\b(sq0(?:atp|csp|idp)-[\w-]{22,43})|\b(EAAA[\w-]{60})"),
    ("Vault Token", r"\b(hv[sbr]\.[\w-]{24,})"),
    ("Telegram Token", r"\b(\d{8,10}:AA[\w-]{33})(?![\w-])"),
    ("Atlassian Token", r"\b(ATATT3[\w=-]{60,})"),
    ("Postman Key", r"\b(PMAK-[a-f0-9]{24}-[a-f0-9]{34})\b"),
    ("New Relic Key", r"\b(NRAK-[A-Z0-9]{27})\b"),
    ("Linear Key", r"\b(lin_api_[A-Za-z0-9]{40})\b"),
    ("Doppler Token", r"\b(dp\.(?:pt|st|ct|sa)\.[\w.]{40,})"),
    ("Age Key", r"\b(AGE-SECRET-KEY-1[A-Z0-9]{58})\b"),
    ("Facebook Token", r"\b(EAACEdEose0cBA[0-9A-Za-z]+)"),
    ("Sentry Key", r"(https://[0-9a-f]{32}:[0-9a-f]{32}@[\w.]*sentry\.io/\d+)|\b(sntrys_[\w=+/]{60,})"),
    (
        "Heroku Key",
        r"(?i)heroku\w*['\"]?\s*[:=]\s*['\"]?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b",
    ),
    ("JSON Web Token", r"\b(eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,})"),
    ("Alibaba Key", r"\b(LTAI[A-Za-z0-9]{12,30})\b"),
    ("Adobe Secret", r"\b(p8e-[a-f0-9]{32})\b"),
    ("Atlassian Key", r"(?i:\b(?:atlassian|confluence|jira)\w*['\"]?\s*:?=\s*['\"]?)([a-z0-9]{24})\b"),
    ("Amazon Marketplace Token", r"\b(amzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b"),
    ("AppSync Key", r"\b(da2-[a-z0-9]{26})\b"),
    ("Artifactory Token", r"\b(AKC[a-zA-Z0-9]{60,})\b|(?:[\s=:\"^])(AKCp[a-zA-Z0-9]{10,})\b"),
    (
        "Authress Key",
        r"\b((?:sc|ext|scauth|authress)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[\w+/=-]{30,120})",
    ),
    ("Braintree Token", r"(access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32})"),
    ("Clojars Token", r"\b(CLOJARS_[a-z0-9]{60})\b"),
    ("Defined Networking Token", r"\b(dnkey-[a-z0-9=_\-]{26}-[a-z0-9=_\-]{52})"),
    ("Duffel Token", r"\b(duffel_(?:test|live)_[\w=-]{43})"),
    ("Dynatrace Token", r"\b(dt0[a-z]\d\d\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64})\b"),
    ("EasyPost Key", r"\b(EZ[AT]K[A-Za-z0-9]{54})\b"),
    ("Flutterwave Key", r"\b(FLW(?:PUB|SEC)K(?:_TEST|_LIVE)?-[a-h0-9]{12,32}(?:-X)?)\b"),
    ("Frame.io Token", r"\b(fio-u-[\w=-]{64})"),
    ("Grafana Token", r"\b(glc_[A-Za-z0-9+/]{32,400}={0,2}|glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8})"),
    ("Hugging Face Token", r"\b(api_org_[A-Za-z]{34})\b"),
    ("Infracost Token", r"\b(ico-[A-Za-z0-9]{32})\b"),
    ("Kolide Key", r"\b(k2sk_v[0-9]_[0-9a-zA-Z]{24})\b"),
    ("Mailgun Signing Key", r"(?i:mailgun\w*['\"]?\s*[:=]\s*['\"]?)([a-h0-9]{32}-[a-h0-9]{8}-[a-h0-9]{8})\b"),
    ("Mapbox Token", r"\b([ps]k\.[A-Za-z0-9]{60}\.[A-Za-z0-9]{22})\b"),
    ("Netlify Token", r"\b(nfp_[A-Za-z0-9]{36,})\b"),
    ("New Relic Key", r"\b(NRJS-[a-f0-9]{19}|NRI[IK]-[\w-]{32})"),
    (
        "Office Webhook",
        r"(https://(?:[\w.-]+\.webhook\.office\.com/webhookb2|outlook\.office\.com/webhook)/[\w@/-]{30,})",
    ),
    ("Onfido Token", r"\b(api_live(?:_[a-z]{2})?\.[\w-]{11}\.[\w-]{32})"),
    (
        "Plaid Token",
        r"\b(access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b",
    ),
    ("PlanetScale Token", r"\b(pscale_(?:pw|tkn|oauth)_[\w=.-]{32,64})"),
    ("Prefect Token", r"\b(pnu_[a-z0-9]{36})\b"),
    ("Pulumi Token", r"\b(pul-[a-f0-9]{40})\b"),
    ("ReadMe Token", r"\b(rdme_[a-z0-9]{70})\b"),
    ("RubyGems Token", r"\b(rubygems_[a-f0-9]{48})\b"),
    ("Sendinblue Token", r"\b(xkeysib-[a-f0-9]{64}-[a-zA-Z0-9]{16})\b"),
    ("Shippo Token", r"\b(shippo_(?:live|test)_[a-f0-9]{40})\b"),
    ("Supabase Token", r"\b(sbp_[a-f0-9]{40})\b"),
    ("Tailscale Key", r"\b(tskey-(?:auth|api|client)-[\w-]{20,})"),
    ("Terraform Token", r"\b([a-z0-9]{14}\.atlasv1\.[\w=-]{60,70})"),
    ("Typeform Token", r"\b(tfp_[\w=.-]{59})"),
    (
        "Yandex Token",
        r"\b(t1\.[A-Z0-9a-z_-]+=?\.[A-Z0-9a-z_-]{86}={0,2}|AQVN[A-Za-z0-9_-]{35,38}|YC[a-zA-Z0-9_-]{38})(?![\w-])",
    ),
    (
        "OAuth Secret",
        r"(?i)[?&](?:client_secret|access_token|api_?key|private_token|auth_token)=([A-Za-z0-9_.~-]{16,})(?![\w{$%])",
    ),
    ("Password in an Address", r"(?i)[?&](?:password|passwd|pwd|passphrase|token)=([A-Za-z0-9_.~!@*-]{8,})(?![\w{$%])"),
    ("JSON Web Token", r"\b(ZXlK[A-Za-z0-9+/]{80,}={0,2})"),
    ("Command's Password", r"\bsshpass\s+-p\s*['\"]?([^\s'\"$]{4,})"),
    ("Private Key", r"(-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)|(PuTTY-User-Key-File-\d)"),
    ("Connection String", r"\b[a-z][a-z0-9+.-]{2,20}://[^\s:/@'\"<>]{0,60}:([^\s@/'\"<>]{3,100})@[\w.\[\]:-]+"),
    ("Connection String", r"(?i)(?:server|data source|host)=[^;'\"]+;[^'\"\n]*?(?:password|pwd)=([^;'\"\n]{4,})"),
    ("JDBC Password", r"(?i)jdbc:[^\s'\"]+[?&;]password=([^&;\s'\"]{4,})"),
    (
        "Password Hash",
        r"(\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53})|(\$argon2(?:id|i|d)\$v=[^\s'\",]{40,})|(\$(?:5|6|y|apr1)\$[^\s:'\",]{30,})",
    ),
    ("Password Hash", r"((?:pbkdf2_sha256\$\d+|pbkdf2:sha256:\d+|scrypt:\d+:\d+:\d+)\$[^\s'\",]{40,})"),
)
MARKS = (
    ("AWS Access Key", "akia asia abia acca"),
    ("AWS Secret Key", "aws"),
    ("GitHub Token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat"),
    ("GitLab Token", "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glsoat-"),
    ("Slack Token", "xox xapp-"),
    ("Slack Webhook", "hooks.slack"),
    ("Discord Webhook", "/webhooks/"),
    ("Stripe Key", "k_live_ k_test_ whsec_"),
    ("Google Key", "aiza gocspx- ya29."),
    ("SendGrid Key", "sg."),
    ("Twilio Key", "sk twilio"),
    ("npm Token", "npm_"),
    ("PyPI Token", "pypi-"),
    ("OpenAI Key", "sk-"),
    ("Anthropic Key", "sk-ant-"),
    ("Hugging Face Token", "hf_ api_org_"),
    ("DigitalOcean Token", "_v1_"),
    ("Mailgun Key", "key-"),
    ("Mailchimp Key", "-us"),
    ("Azure Key", "accountkey= accesskey="),
    ("Databricks Token", "dapi"),
    ("Shopify Token", "shpat_ shpca_ shppa_ shpss_"),
    ("Square Token", "sq0 eaaa"),
    ("Vault Token", "hvs. hvb. hvr."),
    ("Telegram Token", ":aa"),
    ("Atlassian Token", "atatt3"),
    ("Postman Key", "pmak-"),
    ("New Relic Key", "nrak- nrjs- nrii- nrik-"),
    ("Linear Key", "lin_api_"),
    ("Doppler Token", "dp."),
    ("Age Key", "age-secret-key"),
    ("Facebook Token", "eaacedeose0cba"),
    ("Sentry Key", "sentry.io sntrys_"),
    ("Heroku Key", "heroku"),
    ("JSON Web Token", "eyj zxlk"),
    ("Alibaba Key", "ltai"),
    ("Adobe Secret", "p8e-"),
    ("Atlassian Key", "atlassian confluence jira"),
    ("Amazon Marketplace Token", "amzn.mws"),
    ("AppSync Key", "da2-"),
    ("Artifactory Token", "akc"),
    ("Authress Key", ".acc"),
    ("Braintree Token", "access_token$"),
    ("Clojars Token", "clojars_"),
    ("Defined Networking Token", "dnkey-"),
    ("Duffel Token", "duffel_"),
    ("Dynatrace Token", "dt0"),
    ("EasyPost Key", "ezak eztk"),
    ("Flutterwave Key", "flwpubk flwseck"),
    ("Frame.io Token", "fio-u-"),
    ("Grafana Token", "glc_ glsa_"),
    ("Infracost Token", "ico-"),
    ("Kolide Key", "k2sk_"),
    ("Mailgun Signing Key", "mailgun"),
    ("Mapbox Token", "pk. sk."),
    ("Netlify Token", "nfp_"),
    ("Office Webhook", "webhook"),
    ("Onfido Token", "api_live"),
    ("Plaid Token", "access-"),
    ("PlanetScale Token", "pscale_"),
    ("Prefect Token", "pnu_"),
    ("Pulumi Token", "pul-"),
    ("ReadMe Token", "rdme_"),
    ("RubyGems Token", "rubygems_"),
    ("Sendinblue Token", "xkeysib-"),
    ("Shippo Token", "shippo_"),
    ("Supabase Token", "sbp_"),
    ("Tailscale Key", "tskey-"),
    ("Terraform Token", ".atlasv1."),
    ("Typeform Token", "tfp_"),
    ("Yandex Token", "t1. aqvn yc"),
    ("OAuth Secret", "_secret= _token= api_key= apikey="),
    ("Password in an Address", "password= passwd= pwd= passphrase= token="),
    ("Command's Password", "sshpass"),
    ("Private Key", "private key putty-user-key-file"),
    ("Connection String", ":// password pwd"),
    ("JDBC Password", "jdbc:"),
    ("Password Hash", "$2 $argon2 $5$ $6$ $y$ $apr1$ pbkdf2 scrypt:"),
)
"""What has to stand in a text, in small letters, before it is worth a look: nearly all have none of them."""
Form = tuple[str, tuple[str, ...], re.Pattern[str]]
_COMPILED: tuple[Form, ...] = tuple(
    (kind, tuple(dict(MARKS)[kind].split()), re.compile(pattern)) for kind, pattern in FORMS
)
PLACEHOLDER = re.compile(
    r"change[-_ ]?(me|this|it)|replace|example|placeholder|your[-_ ]?|dummy|<[^>]+>|\$\{|\$\(|\{\{|%\(|%s"
    r"|\{\w*\}|^\$\w+$|xxx+|\*\*\*|\.\.\.|redacted|todo|fixme"
    r"|^(secret|password|passwd|pass|postgres|root|admin|test|token|none|null|nil|true|false|user|app|dev"
    r"|guest|changeit|string|mysql|redis|rabbitmq|hidden|required|optional)$"
    r"|correct[-_ ]?horse"
    r"|not[-_ ]?a[-_ ]?(real|secret)|sample|insert[-_ ]|enter[-_ ]|^!|process\.env|os\.environ|getenv"
    r"|^env[.(:]|secretKeyRef|valueFrom|vault:|^ref\+|^arn:|^projects/",
    re.I,
)


def forms_of(text: str) -> tuple[Form, ...]:
    """Those of which the text has a mark."""
    small = text.lower()
    return tuple(form for form in _COMPILED if any(mark in small for mark in form[1]))


def by_form(number: int, line: str, forms: tuple[Form, ...] | None = None) -> Iterator[Found]:
    small = line.lower()
    for kind, marks, pattern in _COMPILED if forms is None else forms:
        if not any(mark in small for mark in marks):
            continue
        for match in pattern.finditer(line):
            value = next((group for group in match.groups() if group), "")
            if genuine(kind, value):
                yield Found(kind, number, value)


def genuine(kind: str, value: str) -> bool:
    """By form and by entropy: a placeholder in the right form is none."""
    if not value or PLACEHOLDER.search(value):
        return False
    if kind == "Private Key":
        return True
    if kind in {"Connection String", "JDBC Password"}:
        return not value.startswith(("$", "{", "%", ":")) and len(value) >= 4
    if kind == "JSON Web Token":
        return _is_jwt(value) if value.startswith("eyJ") else b"eyJ" in _decoded(value)[:4]
    if kind in {"Age Key", "Command's Password"}:
        return True
    if kind == "Password in an Address" and not re.search(r"[A-Za-z]\d|\d[A-Za-z]", value):
        return False
    return entropy(value) >= 2.8 and not re.search(r"(.)\1{7}|0123456789|abcdefgh", value, re.I)


def entropy(value: str) -> float:
    """Bits a character."""
    counts = [value.count(letter) / len(value) for letter in set(value)]
    return -sum(share * math.log2(share) for share in counts)


def _is_jwt(value: str) -> bool:
    return b'"alg"' in _decoded(value.split(".")[0])


def _decoded(text: str) -> bytes:
    """Nothing where it is no base64."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


__all__ = ["PLACEHOLDER", "Found", "by_form", "entropy", "forms_of", "genuine"]
