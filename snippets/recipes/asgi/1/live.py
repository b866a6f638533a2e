"""The ASGI part: passes each message to everyone who is connected. FastAPI, run by uvicorn."""

import logging
from contextlib import asynccontextmanager

import store
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect

log = logging.getLogger("uvicorn.error")
people = set()


@asynccontextmanager
async def lifespan(app):
    """Run once when the process starts, and once before it ends."""
    log.info("release %s is ready", store.RELEASE)
    yield
    log.info("release %s has ended", store.RELEASE)


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def status(request: Request):
    """Say who is there, and what the application knows of the request."""
    return {
        "release": store.RELEASE,
        "connected": len(people),
        "client": request.client.host,
        "address": str(request.url_for("status")),
    }


@app.websocket("/ws")
async def chat(person: WebSocket):
    """Keep each message, and pass it on."""
    await person.accept()
    people.add(person)
    try:
        while True:
            text = " ".join((await person.receive_text()).split())[: store.SETTINGS["longest"]]
            store.add(text)
            for other in list(people):
                await other.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        people.discard(person)
