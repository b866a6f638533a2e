from multiprocessing import Process, Queue


def square(results, number):
    results.put(number * number)


def application(environ, start_response):
    results = Queue()
    worker = Process(target=square, args=(results, 12))
    worker.start()
    answer = results.get()
    worker.join()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"12 squared is {answer}.\n".encode()]
