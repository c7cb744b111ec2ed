from Crypto.Hash import SHA256


def fingerprint(password):
    digest = SHA256.new()
    digest.update(password.encode())
    return digest.hexdigest()
