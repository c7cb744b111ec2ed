"""The edits, by the number of the weakness. Each looks at one call and leaves alone what it does not know."""

from __future__ import annotations

import libcst as cst

from tools.security.hardening.shell import as_list
from tools.security.hardening.sql import with_parameters
from tools.security.hardening.syntax import (
    Edit,
    Fixer,
    Place,
    called,
    code_of,
    is_name,
    keyword,
    renamed,
    spread,
    with_keyword,
    without_keyword,
)

PLAIN_LOADERS = ("Loader", "FullLoader", "UnsafeLoader", "CLoader", "CFullLoader")
VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
CLIENTS = ("Client", "AsyncClient")
TIMEOUT_S = "10"
DRAWING = (
    *(
        "random",
        "randint",
        "randrange",
        "choice",
        "choices",
        "sample",
        "shuffle",
        "uniform",
        "getrandbits",
        "randbytes",
    ),
    *("triangular", "betavariate", "gauss", "expovariate"),
)
WEAK = {"hashlib.md5": "sha256", "hashlib.sha1": "sha256"}


def yaml_load(call: cst.Call, place: Place) -> Edit | None:
    plain = place.has("yaml.load", "yaml.full_load", "yaml.unsafe_load")
    every = place.has("yaml.load_all", "yaml.full_load_all", "yaml.unsafe_load_all")
    if not (plain or every) or not isinstance(call.func, cst.Attribute) or not call.args or spread(call):
        return None
    loader = keyword(call, "Loader") or (call.args[1] if len(call.args) > 1 else None)
    if loader is not None and code_of(loader.value).rpartition(".")[2] not in PLAIN_LOADERS:
        return None
    name = "safe_load" if plain else "safe_load_all"
    only = call.args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return Edit(renamed(call, name).with_changes(args=[only]), f"Load YAML with {name}, which makes no objects")


def verified(call: cst.Call, place: Place) -> Edit | None:
    if place.has("ssl._create_unverified_context"):
        if not isinstance(call.func, cst.Attribute):
            return None
        return Edit(renamed(call, "create_default_context"), "Check the server's certificate")
    libraries = [f"{library}.{verb}" for library in ("requests", "httpx") for verb in (*VERBS, *CLIENTS, "stream")]
    argument = keyword(call, "verify")
    if place.has(*libraries) and argument is not None and is_name(argument.value, "False"):
        return Edit(without_keyword(call, "verify"), "Check the server's certificate")
    return None


def patient(call: cst.Call, place: Place) -> Edit | None:
    if not place.has(*(f"requests.{verb}" for verb in VERBS)) or keyword(call, "timeout") or spread(call):
        return None
    return Edit(with_keyword(call, "timeout", TIMEOUT_S), f"Wait {TIMEOUT_S} s for an answer, not for ever")


def unforeseeable(call: cst.Call, place: Place) -> Edit | None:
    if not isinstance(call.func, cst.Attribute):
        return None
    method = call.func.attr.value
    if method not in DRAWING or not place.has(f"random.{method}"):
        return None
    edit = called(call, f"secrets.SystemRandom().{method}")
    return Edit(edit, "Draw from the system's random numbers, which cannot be foretold", (("secrets", None),))


def own_file(call: cst.Call, place: Place) -> Edit | None:
    if not place.has("tempfile.mktemp") or not isinstance(call.func, cst.Attribute) or spread(call):
        return None
    names = ("suffix", "prefix", "dir")
    args = [
        f"{arg.keyword.value if arg.keyword else names[number]}={code_of(arg.value)}"
        for number, arg in enumerate(call.args)
    ]
    code = f"{code_of(call.func.value)}.NamedTemporaryFile({', '.join([*args, 'delete=False'])}).name"
    return Edit(cst.parse_expression(code), "Make the temporary file together with its name")


def escaping(call: cst.Call, place: Place) -> Edit | None:
    given = keyword(call, "autoescape")
    if not place.has("jinja2.Environment", "jinja2.sandbox.SandboxedEnvironment") or spread(call):
        return None
    if given is not None and not is_name(given.value, "False"):
        return None
    edit = with_keyword(call, "autoescape", "select_autoescape()")
    return Edit(edit, "Escape values in HTML templates", (("jinja2", "select_autoescape"),))


def guarded_cookie(call: cst.Call, place: Place) -> Edit | None:
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value not in ("set_cookie", "set_signed_cookie"):
        return None
    if spread(call):
        return None
    secure, hidden = keyword(call, "secure"), keyword(call, "httponly")
    if secure is None or is_name(secure.value, "False"):
        return Edit(with_keyword(call, "secure", "True"), "Send the cookie over TLS only")
    if hidden is not None and is_name(hidden.value, "False"):
        return Edit(with_keyword(call, "httponly", "True"), "Hide the cookie from scripts")
    return None


def quiet(call: cst.Call, place: Place) -> Edit | None:
    given = keyword(call, "debug")
    if given is None or not is_name(given.value, "True"):
        return None
    return Edit(with_keyword(call, "debug", "False"), "Switch debug mode off")


def contained(call: cst.Call, place: Place) -> Edit | None:
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value != "extractall" or spread(call):
        return None
    if "tarfile" not in place.modules or keyword(call, "filter"):
        return None
    return Edit(with_keyword(call, "filter", '"data"'), "Keep the archive's members in their folder")


def own_rights(call: cst.Call, place: Place) -> Edit | None:
    position = 1 if place.has("os.chmod") else 0
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value != "chmod" or len(call.args) <= position:
        return None
    mode = call.args[position]
    if not isinstance(mode.value, cst.Integer):
        return None
    closed = int(mode.value.value, 0) & ~0o022
    args = [arg.with_changes(value=cst.Integer(oct(closed))) if arg is mode else arg for arg in call.args]
    return Edit(call.with_changes(args=args), f"Let nobody else write to the file ({oct(closed)})")


def strong_hash(call: cst.Call, place: Place) -> Edit | None:
    """Never by machine: what is stored under the old hash would not be found again."""
    new = next((better for weak, better in WEAK.items() if place.has(weak)), None)
    if new is None or not isinstance(call.func, cst.Attribute):
        return None
    return Edit(renamed(call, new), f"Use {new}; where it is no matter of safety, usedforsecurity=False", safe=False)


FIXERS: dict[int, tuple[Fixer, ...]] = {
    502: (yaml_load,),
    20: (yaml_load,),
    295: (verified,),
    400: (patient,),
    330: (unforeseeable,),
    338: (unforeseeable,),
    377: (own_file,),
    79: (escaping,),
    614: (guarded_cookie,),
    1004: (guarded_cookie,),
    489: (quiet,),
    94: (quiet,),
    22: (contained,),
    732: (own_rights,),
    89: (with_parameters,),
    78: (as_list,),
    327: (strong_hash,),
    328: (strong_hash,),
}
"""By CWE."""

__all__ = ["FIXERS"]
