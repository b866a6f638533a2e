from cryptography.fernet import Fernet

box = Fernet(Fernet.generate_key())


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [box.decrypt(box.encrypt(b"The secret is safe.\n"))]
