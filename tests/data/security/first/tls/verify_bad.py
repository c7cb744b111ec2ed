import requests


def rates():
    return requests.get("https://rates.test/today", verify=False, timeout=3).json()
