def application(environ, start_response):
    with open("greeting.txt", "rb") as file:
        body = file.read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]
