import ssl
import urllib.request


def read():
    context = ssl.create_default_context(cafile="private-ca.pem")
    return urllib.request.urlopen("https://feed.test/x", context=context).read()
