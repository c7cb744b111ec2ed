import requests


def rates():
    return requests.get("https://rates.test/today", timeout=3).json()
