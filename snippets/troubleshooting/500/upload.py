def application(environ, start_response):
    with open("/srv/probe/data/crème.txt", "w", encoding="utf-8") as file:
        file.write("Brûlée\n")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Saved.\n"]
