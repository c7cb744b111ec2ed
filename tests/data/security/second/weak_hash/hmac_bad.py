from Crypto.Hash import MD5


def fingerprint(password):
    digest = MD5.new()
    digest.update(password.encode())
    return digest.hexdigest()
