def application(environ, start_response):
    if environ["PATH_INFO"] == "/welcome":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"Welcome.\n"]
    start_response("302 Found", [("Location", environ["SCRIPT_NAME"] + "/welcome")])
    return [b""]
