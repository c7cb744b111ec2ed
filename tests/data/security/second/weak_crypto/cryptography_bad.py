from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def seal(key, data):
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(data) + encryptor.finalize()
