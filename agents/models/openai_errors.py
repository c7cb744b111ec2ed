"""What an error of OpenAI's client means for the attempt: only who makes clients loads that client."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence

import openai

from agents.models.failures import Failure, Remedy, clean, retry_after

OVERFLOW = re.compile(
    r"context_length_exceeded|context_window_exceeded|ContextWindowExceeded|exceed_context_size"
    r"|maximum context length|maximum model length|max_model_len|context (?:size|length|window)[^.]*exceed"
    r"|exceed\w*[^.]*(?:context|maximum number of tokens|token limit)|(?:prompt|input|request) is too (?:long|large)"
    r"|too long to fit|reduce the length of|too many tokens|too large for model",
    re.IGNORECASE,
)
QUOTA = re.compile(r"insufficient_quota|billing|exceeded your current quota|payment required|credit balance", re.I)
FILTERED = re.compile(r"content_filter|content management policy|content_policy|safety system", re.IGNORECASE)
UNKNOWN_MODEL = re.compile(
    r"model_not_found|unknown model|invalid model|no such model"
    r"|model\b.{0,80}(?:does not exist|not found|not supported)",
    re.IGNORECASE,
)
FEATURES = (
    ("schema", re.compile(r"response_format|json_schema|guided_json|structured output", re.IGNORECASE)),
    ("stream_usage", re.compile(r"stream_options|include_usage", re.IGNORECASE)),
    ("max_tokens", re.compile(r"max_tokens|max_completion_tokens", re.IGNORECASE)),
)
MAYBE_CHARGED = {408, 502, 504, 520, 521, 522, 523, 524, 599}
"""A proxy gave up; what stands behind it may have gone on."""


def of_exception(error: Exception, sent: bool, secrets: Sequence[str], now: Callable[[], float] = time.time) -> Failure:
    """`sent`: a part of the answer has come already, so it may be charged."""
    words = clean(_message(error), secrets)
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, words, now)
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        if "ConnectTimeout" in _causes(error):
            return Failure("the endpoint cannot be reached: connecting took too long", Remedy.RETRY)
        return Failure("the endpoint fell silent: no answer in time", Remedy.RETRY_ONCE, charged=True)
    if isinstance(error, openai.APIConnectionError):
        if not sent and "ConnectError" in _causes(error):
            return Failure(f"the endpoint cannot be reached: {words}", Remedy.RETRY)
        return Failure(f"the connection broke off in the middle: {words}", Remedy.RETRY, charged=True)
    if isinstance(error, openai.APIError):
        return _of_words(f"the endpoint reported: {words}", str(error.body) + words, charged=True)
    kind = type(error).__name__
    return Failure(f"the endpoint's answer cannot be read: {kind}: {words}", Remedy.RETRY_ONCE, charged=True)


def _of_status(error: openai.APIStatusError, words: str, now: Callable[[], float]) -> Failure:
    status, everything = error.status_code, f"{_body(error)} {words}"
    reason = f"HTTP {status}: {words}"
    if OVERFLOW.search(everything) and status not in (401, 403, 404, 429):
        return Failure(f"the prompt is too long for it ({reason})", Remedy.NEXT)
    if status == 402 or (status == 429 and QUOTA.search(everything)):
        return Failure(f"its account has no credit left ({reason})", Remedy.NEVER)
    if status in (401, 403):
        return Failure(f"the key is refused ({reason})", Remedy.NEVER)
    if status == 404 or (400 <= status < 500 and UNKNOWN_MODEL.search(everything)):
        return Failure(f"the endpoint has no such model or path ({reason})", Remedy.NEVER)
    if status in (408, 409, 425, 429) or status >= 500:
        after = retry_after(error.response.headers, now)
        return Failure(reason, Remedy.RETRY, charged=status in MAYBE_CHARGED, retry_after_s=after)
    return _of_words(reason, everything, charged=False)


def _of_words(reason: str, everything: str, *, charged: bool) -> Failure:
    """An error that says in words only what it is."""
    if FILTERED.search(everything):
        return Failure(f"refused by a content filter ({reason})", Remedy.NEXT, charged=charged)
    if OVERFLOW.search(everything):
        return Failure(f"the prompt is too long for it ({reason})", Remedy.NEXT, charged=charged)
    feature = next((name for name, pattern in FEATURES if pattern.search(everything)), None)
    remedy = Remedy.RETRY if charged else Remedy.NEXT
    return Failure(reason, remedy, charged=charged, refused_feature=None if charged else feature)


def _message(error: Exception) -> str:
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = body.get("error", body)
        message = inner.get("message") if isinstance(inner, dict) else inner
        if message:
            return str(message)
    deepest: BaseException = error
    while isinstance(error, openai.APIConnectionError) and deepest.__cause__ is not None:
        deepest = deepest.__cause__
    return str(deepest) or type(deepest).__name__


def _causes(error: BaseException) -> set[str]:
    """Names of the kinds of error that led to it: the HTTP library's own, which nobody else here has to know."""
    names, at = set(), error.__cause__
    while at is not None:
        names.add(type(at).__name__)
        at = at.__cause__
    return names


def _body(error: openai.APIStatusError) -> str:
    return error.body if isinstance(error.body, str) else json.dumps(error.body, default=str)


__all__ = ["of_exception"]
